"""What a researcher downloads from the page: the files of the study as an archive, and its pre-registration."""

from __future__ import annotations

import io
import zipfile

from emotionbench.materials import catalogue
from emotionbench.reports.preregistration import preregistration
from emotionbench.reports.survey_files import survey_files
from emotionbench.reports.survey_records import read_survey
from emotionbench.web.site import Site


def archive_of(site: Site) -> bytes:
    """The files of ``survey export`` as a ZIP archive, which is the same for the same answers."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in survey_files(read_survey(site.store, site.study.hash)).items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def preregistration_of(site: Site) -> str:
    """The text of ``survey preregister``."""
    return preregistration(site.study, catalogue.norms())
