"""The manifest's model: every key, its type and its default."""

from __future__ import annotations

from airlock_builder.manifest.model.charts import AnyChart, ArchiveChart, FolderChart, HttpChart, OciChart
from airlock_builder.manifest.model.images import ImageArchive, RegistryPlace, Waiver
from airlock_builder.manifest.model.release import Collection, Content, Manifest, Platform
from airlock_builder.manifest.model.repos import Proxy, Repo
from airlock_builder.manifest.model.rpms import Modules, NoSource, Rpms, Unsigned
from airlock_builder.manifest.model.texts import KickstartValue

__all__ = [
    "AnyChart",
    "ArchiveChart",
    "Collection",
    "Content",
    "FolderChart",
    "HttpChart",
    "ImageArchive",
    "KickstartValue",
    "Manifest",
    "Modules",
    "NoSource",
    "OciChart",
    "Platform",
    "Proxy",
    "RegistryPlace",
    "Repo",
    "Rpms",
    "Unsigned",
    "Waiver",
]
