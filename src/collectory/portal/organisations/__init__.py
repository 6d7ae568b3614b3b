"""The organisations and the register that they are loaded from."""
