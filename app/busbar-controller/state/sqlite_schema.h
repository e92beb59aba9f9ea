// The state file's tables and how an older file becomes a present one. A file carries SQLite's application_id (ours: "BBAR") and its
// schema version in user_version; a newer version than this program knows is refused, an older one is migrated in one transaction.
#pragma once

#include "busbar-controller/state/sqlite_db.h"

namespace busbar::controller {

/// Version this program writes.
int schemaVersion();

/// Opens the file at `path` locked for this process, with WAL and synchronous=FULL, checked and at the present version. A missing file is
/// made complete under another name first, so that an empty or half one is always damage and never looks like a new site.
StatusOr<Database> openStateFile(const std::string& path);

} // namespace busbar::controller
