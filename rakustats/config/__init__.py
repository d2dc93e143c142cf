"""What people set: settings, policies, scorecard, manual attributions, days of their own."""
