"""The manifest's model: every key, its type and its default."""

from __future__ import annotations

from airlock_builder.manifest.model.charts import AnyChart, ArchiveChart, FolderChart, HttpChart, OciChart
from airlock_builder.manifest.model.files import (
    AnyCollection,
    ArchiveCollection,
    Base,
    FileUrl,
    GalaxyCollection,
    Playbook,
    UrlCollection,
    Vouched,
)
from airlock_builder.manifest.model.images import ImageArchive, RegistryPlace, Waiver
from airlock_builder.manifest.model.release import Content, Manifest, Platform
from airlock_builder.manifest.model.repos import Proxy, Repo
from airlock_builder.manifest.model.rpms import Modules, NoSource, Rpms, Unsigned
from airlock_builder.manifest.model.texts import KickstartValue

__all__ = [
    "AnyChart",
    "AnyCollection",
    "ArchiveChart",
    "ArchiveCollection",
    "Base",
    "Content",
    "FileUrl",
    "FolderChart",
    "GalaxyCollection",
    "HttpChart",
    "ImageArchive",
    "KickstartValue",
    "Manifest",
    "Modules",
    "NoSource",
    "OciChart",
    "Platform",
    "Playbook",
    "Proxy",
    "RegistryPlace",
    "Repo",
    "Rpms",
    "Unsigned",
    "UrlCollection",
    "Vouched",
    "Waiver",
]
