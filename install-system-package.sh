#!/bin/sh
# Makes a system package available, by apt where that may be done, and otherwise says which one is missing.
# Usage: install-system-package.sh PACKAGE 'COMMAND THAT WORKS ONCE IT IS THERE' [optional]
package=$1
works=$2
if sh -c "$works" >/dev/null 2>&1; then
    exit 0
fi
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        (apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package") >/dev/null 2>&1
    elif command -v sudo >/dev/null 2>&1; then
        (sudo -n apt-get update -qq; sudo -n apt-get install -y -qq "$package") >/dev/null 2>&1
    fi
fi
if sh -c "$works" >/dev/null 2>&1; then
    exit 0
fi
echo "The system package $package is needed and could not be installed. Install it: apt-get install $package" >&2
[ "${3:-}" = optional ]
