"""The lake: objects by key, on S3 or in a local folder."""

from __future__ import annotations

import os
import uuid

from pyarrow import fs

from .config import Config
from .errors import TrainingError


class Storage:
    """Objects under keys such as `datasets/<version>/rows/0.parquet`. Raises `SERVICE_DOWN` and `NOT_FOUND`."""

    def __init__(self, system: fs.FileSystem, root: str) -> None:
        self.system = system
        self.root = root.rstrip("/")

    def path(self, key: str) -> str:
        """The path of a key within the file system."""
        return f"{self.root}/{key}"

    def list(self, prefix: str) -> list[str]:
        """Keys below a prefix, sorted."""
        selector = fs.FileSelector(self.path(prefix), recursive=True, allow_not_found=True)
        try:
            found = self.system.get_file_info(selector)
        except OSError as error:
            raise TrainingError("SERVICE_DOWN", f"the lake does not list {prefix}: {error}") from error
        return sorted(info.path[len(self.root) + 1 :] for info in found if info.type == fs.FileType.File)

    def read(self, key: str) -> bytes:
        """The object under a key."""
        try:
            with self.system.open_input_stream(self.path(key)) as stream:
                return stream.read()
        except FileNotFoundError as error:
            raise TrainingError("NOT_FOUND", f"the lake has no {key}") from error
        except OSError as error:
            raise TrainingError("SERVICE_DOWN", f"the lake does not give {key}: {error}") from error

    def read_or_none(self, key: str) -> bytes | None:
        """The object under a key, or None."""
        try:
            return self.read(key)
        except TrainingError as error:
            if error.code == "NOT_FOUND":
                return None
            raise

    def write(self, key: str, body: bytes) -> None:
        """Writes an object whole or not at all."""
        local = isinstance(self.system, fs.LocalFileSystem)
        path = self.path(key)
        target = f"{path}.{uuid.uuid4().hex}" if local else path
        try:
            if local:
                self.system.create_dir(os.path.dirname(path), recursive=True)
            with self.system.open_output_stream(target) as stream:
                stream.write(body)
            if local:
                self.system.move(target, path)
        except OSError as error:
            raise TrainingError("SERVICE_DOWN", f"the lake does not take {key}: {error}") from error


def open_storage(config: Config) -> Storage:
    """The lake that a configuration names."""
    if config.s3 is None:
        return Storage(fs.LocalFileSystem(), os.path.abspath(config.folder or "."))
    scheme, _, address = config.s3.endpoint.rstrip("/").partition("://")
    system = fs.S3FileSystem(
        endpoint_override=address,
        scheme=scheme,
        region="us-east-1",
        access_key=config.s3.key or os.environ.get("AWS_ACCESS_KEY_ID"),
        secret_key=config.s3.secret or os.environ.get("AWS_SECRET_ACCESS_KEY"),
        connect_timeout=5,
        request_timeout=60,
        force_virtual_addressing=False,
    )
    return Storage(system, "/".join(part for part in (config.s3.bucket, config.s3.prefix) if part))
