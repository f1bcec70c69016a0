"""Trains the three models and packs them as a bundle.

As a Ray job (what the pipeline submits; PYTHONPATH holds training-jobs/, the environment the S3 secrets):

    python -m downline_training.train --config <home>/jobs/<run>.json

By hand on a local folder that has `datasets/<version>/rows/*.parquet`; the config then says `"folder": "…"` in place
of `"s3"`, and may leave out `"mlflow"`:

    cd training-jobs && python -m downline_training.train --config trial.json

A job that was killed is started again in the same way and goes on after its last finished network. Prints JSON lines:
`{"progress", "detail"}` on the way, at the end `{"result": {"bundle", "mlflow_run", "metrics"}}` with exit code 0, or
`{"error": {"code", "message"}}` with exit code 1.
"""

from __future__ import annotations

import argparse
import sys

from .config import read_config
from .errors import TrainingError
from .job import train
from .progress import say


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="downline_training.train", description="Trains Downline's models.")
    parser.add_argument("--config", required=True, help="JSON file, see config.py")
    try:
        say({"result": train(read_config(parser.parse_args(arguments).config))})
    except TrainingError as error:
        say({"error": {"code": error.code, "message": error.message[:2000]}})
        return 1
    except Exception as error:  # a defect: still a line that the pipeline can read
        say({"error": {"code": "TRAINING_FAILED", "message": f"{type(error).__name__}: {error}"[:2000]}})
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
