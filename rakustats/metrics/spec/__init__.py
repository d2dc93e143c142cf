"""What every metric shares: rates, times, curves, case mix."""
