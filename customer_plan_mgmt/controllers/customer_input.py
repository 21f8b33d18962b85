"""What customers send, before anything believes it: texts and files."""

import re
import unicodedata

MAX_FILES = 10
MAX_SUBJECT = 200
MAX_WORDS = 20000
MAX_COMMENT = 2000
MAX_SEARCH = 100

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# How files with these endings begin
SIGNATURES = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
    "doc": (OLE,),
    "xls": (OLE,),
    "ppt": (OLE,),
    "docx": (ZIP,),
    "xlsx": (ZIP,),
    "pptx": (ZIP,),
    "odt": (ZIP,),
    "ods": (ZIP,),
    "zip": (ZIP, b"PK\x05\x06"),
}
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
MARKUP = re.compile(rb"<\s*(!doctype|\?xml|html|head|body|script|svg|iframe|!--)", re.I)
# How far browsers look to guess what a file is
SNIFFED = 1500


def clean_text(value, limit):
    """Return what was typed as one text without control characters.

    :param value: anything a form can send, a file in place of a text too
    :param int limit: longest text
    """
    if not isinstance(value, str):
        return ""
    value = value.replace("\r\n", "\n")
    kept = (char for char in value if char in "\n\t" or ord(char) > 31)
    text = "".join(kept).encode("utf-8", "ignore").decode()
    return text.strip()[:limit]


def clean_line(value, limit):
    """Return what was typed as one line."""
    return " ".join(clean_text(value, limit).split())


def clean_name(name):
    """Return a file name without folders and without characters nobody sees."""
    name = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    return name.strip(" .")[-MAX_SUBJECT:]


def clean_number(text):
    """Return the number in ``text``, -1 when it is none."""
    text = str(text or "")
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if is_number else -1


def is_allowed(name, content, endings):
    """Return whether the file has one of the endings and is what its ending says."""
    ending = name.rpartition(".")[2].lower()
    if "." not in name or ending not in endings:
        return False
    head = content[:SNIFFED]
    signatures = SIGNATURES.get(ending)
    if signatures:
        return head.startswith(signatures)
    if head.startswith(PROGRAMS) or MARKUP.search(head):
        return False
    return ending != "txt" or b"\0" not in content


def read_files(uploads, company):
    """Return ``(files, errors)`` of what was uploaded.

    :param uploads: werkzeug's ``FileStorage`` objects
    :param company: whose limits count
    :return: ``(name, content)`` of the good files; messages about the others
    """
    _ = company.env._
    uploads = [upload for upload in uploads if upload.filename]
    limit = company.sudo().cpm_upload_mb
    endings = company._cpm_upload_endings()
    if uploads and not (limit and endings):
        return [], [_("Files cannot be attached here.")]
    if len(uploads) > MAX_FILES:
        return [], [_("Attach at most %s files at once.", MAX_FILES)]
    files, errors = [], []
    for upload in uploads:
        name = clean_name(upload.filename)
        content = upload.stream.read(limit * 2**20 + 1)
        if len(content) > limit * 2**20:
            errors.append(
                _("%(name)s is larger than %(limit)s MB.", name=name, limit=limit)
            )
        elif not content:
            errors.append(_("%s is empty.", name))
        elif not is_allowed(name, content, endings):
            errors.append(
                _(
                    "%(name)s cannot be attached. Files may be of these kinds, and must "
                    "be what their name says: %(kinds)s.",
                    name=name,
                    kinds=", ".join(sorted(endings)),
                )
            )
        else:
            files.append((name, content))
    if errors:
        errors.append(_("Please choose the files again; your text is still here."))
    return files, errors
