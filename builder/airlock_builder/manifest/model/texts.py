"""The kinds of text in a manifest."""

from __future__ import annotations

from typing import Annotated

from airlock_builder.manifest.model.values import Text

Name = Annotated[str, Text(r"^[a-z0-9][a-z0-9._-]{0,63}$")]
DigestText = Annotated[str, Text(r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")]
Url = Annotated[str, Text(r"^(https?|file)://\S+$")]
ModuleStream = Annotated[str, Text(r"^[^:\s]+:[^:\s]+$")]
ImagePlatform = Annotated[str, Text(r"^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$")]
Word = Annotated[str, Text(least=1)]
KickstartValue = str | int | bool | tuple[str, ...]
