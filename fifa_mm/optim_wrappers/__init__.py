"""Optimizer wrappers."""

from fifa_mm.optim_wrappers.cpu_amp_optim_wrapper import CPUAmpOptimWrapper

__all__ = ['CPUAmpOptimWrapper']
