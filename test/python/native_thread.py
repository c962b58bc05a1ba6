"""Starts threads that Python does not know, as libraries of C, C++ and Rust do."""

import ctypes

_libc = ctypes.CDLL(None)


def start_native_thread(name):
    """Starts a thread that sleeps until the process ends."""
    thread = ctypes.c_ulong()
    _libc.pthread_create(ctypes.byref(thread), None, _libc.pause, None)
    _libc.pthread_setname_np(thread, name.encode())
