"""Kinds of files and archive classes, with their Chinese labels."""

from enum import StrEnum


class FileKind(StrEnum):
    """What the magic bytes say a file is."""

    PDF = "pdf"
    OFD = "ofd"
    XML = "xml"
    XLSX = "xlsx"
    PNG = "png"
    JPEG = "jpeg"
    CSV = "csv"  # a register: text without a mark of its own, kept as one by whoever reads it as one


class ArchiveClass(StrEnum):
    """How long a record is kept, and by which rule of the archive; the years are the authority's setting."""

    CASE = "case"
    ACCOUNTING = "accounting"
    CERTIFICATE = "certificate"
    WORKING = "working"


LABELS: dict[StrEnum, str] = {
    FileKind.PDF: "PDF",
    FileKind.OFD: "OFD",
    FileKind.XML: "XML",
    FileKind.XLSX: "XLSX",
    FileKind.PNG: "PNG 图片",
    FileKind.JPEG: "JPEG 图片",
    FileKind.CSV: "CSV",
    ArchiveClass.CASE: "业务档案",
    ArchiveClass.ACCOUNTING: "会计档案",
    ArchiveClass.CERTIFICATE: "凭证档案",
    ArchiveClass.WORKING: "过程材料",
}
