"""Simulators with known truth: do the methods reach the figures that were set for them?"""
