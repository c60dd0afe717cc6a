"""Where rows come from: files of several kinds, on disks and in object stores, and queries to a database."""
