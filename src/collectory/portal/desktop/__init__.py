"""Collectory on one computer, for one person: no sign-in, no server, nothing kept unless asked for.

The same portal with a few settings of its own: data in a folder that goes when it is closed, a page on which a
return's file is simply opened, whichever collection and organisation it is of, and the worker as a thread.
"""
