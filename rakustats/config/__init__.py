"""What people set: settings, policies, scorecard, judgements, days of their own."""
