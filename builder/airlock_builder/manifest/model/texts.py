"""The kinds of text in a manifest, and the base of all its parts."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # no other package takes part, and none is searched for

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
DigestText = Annotated[str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")]
Url = Annotated[str, StringConstraints(pattern=r"^(https?|file)://\S+$")]
ModuleStream = Annotated[str, StringConstraints(pattern=r"^[^:\s]+:[^:\s]+$")]
ImagePlatform = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$")]
Word = Annotated[str, StringConstraints(min_length=1)]
KickstartValue = str | int | bool | tuple[str, ...]


class Model(BaseModel):
    """Base of all parts: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
