"""Trains Downline's three delay models (departure, arrival, downline) and packs them as one bundle."""

import os

# Before torch is loaded: threads that spin while they wait cost up to 15 times on cores that others use too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
