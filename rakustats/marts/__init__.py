"""What belongs to one grain, worked out once: deliveries, lines, claims, cancellations."""
