"""`onevec doctor`: what is installed, set and running here, and what to do about what is wrong.

A check is two functions: one gathers facts at the edge (files, variables, sockets), the other judges them and is pure.
:data:`onevec.cli.doctor.checks.CHECKS` lists them; a fault in one is a finding as others are.
"""
