"""From packets to segments, from segments to clips."""
