"""The files of people in space, be they triangulated or lifted: tables, films and pages."""
