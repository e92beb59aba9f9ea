#include "busbar-controller/state/audit_chain.h"

#include <openssl/evp.h>

#include <array>

namespace busbar::controller {
namespace {

constexpr char kColumns[] = "SELECT sequence, wall_ms, who, what, why, source, result, accepted, hash FROM audit ";

void appendField(std::string& bytes, const std::string& field) {
    bytes += std::to_string(field.size());
    bytes += ':';
    bytes += field;
}

AuditRecord readRow(const Statement& row) {
    AuditRecord record;
    record.sequence = static_cast<std::uint64_t>(row.integer(0));
    record.wallMs = row.integer(1);
    record.who = row.text(2);
    record.what = row.text(3);
    record.why = row.text(4);
    record.from = row.text(5);
    record.result = row.text(6);
    record.accepted = row.integer(7) != 0;
    return record;
}

Status broken(const Database& database, std::uint64_t sequence, const char* how) {
    return absl::DataLossError(fmt::format("the audit in {} was changed: row {} {}", database.path(), sequence, how));
}

} // namespace

std::string auditHash(const std::string& before, const AuditRecord& record) {
    std::string bytes;
    for (const std::string& field : {before, std::to_string(record.sequence), std::to_string(record.wallMs), record.who, record.what, record.why,
                                     record.from, record.result, std::string(record.accepted ? "accepted" : "denied")})
        appendField(bytes, field);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

Status appendAuditRow(Database& database, AuditRecord record) {
    auto last = database.integer("SELECT coalesce(max(sequence), 0) FROM audit");
    if (!last.ok()) return last.status();
    auto head = database.single("SELECT value FROM meta WHERE name = 'audit_head'");
    if (!head.ok()) return head.status();
    record.sequence = static_cast<std::uint64_t>(*last) + 1;
    const std::string hash = auditHash(*head, record);
    auto insert = database.prepare("INSERT INTO audit VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!insert.ok()) return insert.status();
    insert->bind(1, static_cast<std::int64_t>(record.sequence)).bind(2, record.wallMs).bind(3, record.who).bind(4, record.what);
    insert->bind(5, record.why).bind(6, record.from).bind(7, record.result).bind(8, record.accepted ? 1 : 0).bindBlob(9, hash);
    if (Status done = insert->run(); !done.ok()) return done;
    auto update = database.prepare("UPDATE meta SET value = ? WHERE name = 'audit_head'");
    if (!update.ok()) return update.status();
    return update->bindBlob(1, hash).run();
}

StatusOr<std::vector<AuditRecord>> readAudit(Database& database, std::uint64_t afterSequence, std::size_t limit) {
    auto rows = database.prepare(std::string(kColumns) + "WHERE sequence > ? ORDER BY sequence LIMIT ?");
    if (!rows.ok()) return rows.status();
    rows->bind(1, static_cast<std::int64_t>(afterSequence)).bind(2, static_cast<std::int64_t>(limit));
    std::vector<AuditRecord> records;
    for (;;) {
        auto row = rows->step();
        if (!row.ok()) return row.status();
        if (!*row) return records;
        records.push_back(readRow(*rows));
    }
}

Status verifyAuditChain(Database& database) {
    auto rows = database.prepare(std::string(kColumns) + "ORDER BY sequence");
    if (!rows.ok()) return rows.status();
    std::string hash;
    std::uint64_t expected = 0;
    for (;;) {
        auto row = rows->step();
        if (!row.ok()) return row.status();
        if (!*row) break;
        const AuditRecord record = readRow(*rows);
        if (record.sequence != ++expected) return broken(database, expected, "is missing");
        hash = auditHash(hash, record);
        if (hash != rows->text(8)) return broken(database, expected, "does not match its hash");
    }
    auto head = database.single("SELECT value FROM meta WHERE name = 'audit_head'");
    if (!head.ok()) return head.status();
    if (*head != hash) return broken(database, expected + 1, "is missing at the end");
    return absl::OkStatus();
}

} // namespace busbar::controller
