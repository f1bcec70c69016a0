"""Trains Downline's three delay models (departure, arrival, downline) and packs them as one bundle."""
