#!/usr/bin/env python3
"""Lets a process fault, as by a mistake of its own: its next instruction is at
address 0.

    fault.py PID
"""
import ctypes
import os
import platform
import sys

PTRACE_GETREGSET = 0x4204
PTRACE_SETREGSET = 0x4205
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
PTRACE_DETACH = 17
NT_PRSTATUS = 1
WALL = 0x40000000
# Of user_regs_struct: the instruction pointer, and what makes the kernel go
# back to an interrupted system call (None: no such register).
REGISTERS = {"x86_64": (16, 15), "aarch64": (32, None)}

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                        ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def ptrace(request, pid, address=None, data=None):
    if libc.ptrace(request, pid, address, data) < 0:
        sys.exit("fault: " + os.strerror(ctypes.get_errno()))


def main():
    pid = int(sys.argv[1])
    pointer, restart = REGISTERS[platform.machine()]
    registers = (ctypes.c_uint64 * 64)()
    vector = Vector(ctypes.addressof(registers), ctypes.sizeof(registers))
    ptrace(PTRACE_SEIZE, pid)
    ptrace(PTRACE_INTERRUPT, pid)
    os.waitpid(pid, WALL)
    ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, ctypes.addressof(vector))
    registers[pointer] = 0
    if restart is not None:
        registers[restart] = 2**64 - 1
    ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, ctypes.addressof(vector))
    ptrace(PTRACE_DETACH, pid)


main()
