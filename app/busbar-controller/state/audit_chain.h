// The audit's hash chain: each row's hash covers its fields and the hash of the row before, and the head lies in `meta`, so that an edited,
// inserted or cut row is found. Not thread-safe: the store's mutex guards the database.
#pragma once

#include "busbar-controller/state/sqlite_db.h"
#include "busbar-controller/state/state_store.h"

namespace busbar::controller {

/// SHA-256 over `before` and the record's fields, each with its length in front; 32 bytes.
std::string auditHash(const std::string& before, const AuditRecord& record);

/// Appends in the transaction that is open; `record.sequence` is given here.
Status appendAuditRow(Database& database, AuditRecord record);
StatusOr<std::vector<AuditRecord>> readAudit(Database& database, std::uint64_t afterSequence, std::size_t limit);
/// DataLoss names the first row where the chain breaks.
Status verifyAuditChain(Database& database);

} // namespace busbar::controller
