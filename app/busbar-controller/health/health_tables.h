// What faults mean and what they ask for: XIDs, SXIDs, rules on values, signs (design/health.md §1–§4). Data: resources/xid.toml and
// resources/rules.toml, embedded in the program; a site's own file replaces or adds rows. Every row knows the file that it came from,
// which a finding's sentence names. Immutable once made; read by any thread.
#pragma once

#include "domain/health_rules.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::controller {

/// The embedded files, as findings name them.
inline constexpr const char* kXidFile = "xid.toml";
inline constexpr const char* kSignFile = "rules.toml";

/// When a program's fault is taken for the hardware's.
enum class Repeat : std::uint8_t {
    never,
    any,     ///< again within a day
    unit,    ///< the same GPC and TPC again
    tenant,  ///< on a second tenant
    tenants, ///< on a third tenant
};

struct XidRow {
    int code = 0;
    std::string meaning; ///< "GPU fell off the bus"
    char owner = 'D';    ///< A program, H hardware, D driver or firmware, N NVLink or fabric, M mechanical or power
    std::string action, followUp, dcgm;
    int responseClass = 0;           ///< 0 log, 1 tell the tenant, 2 reset GPU, 3 reboot, 4 drain and triage
    Health health = Health::ok;      ///< of a finding
    int again = -1;                  ///< class when it comes again after a reboot; -1: the next higher one
    Repeat repeat = Repeat::never;
    int repeatClass = 0;
    int fatalClass = -1;             ///< when the driver's line says Fatal; -1: no difference
    std::string file = kXidFile;
};

struct SxidRow {
    enum class Severity : std::uint8_t { nonFatal, fatal, fabric };
    int from = 0, to = 0;
    std::string meaning;
    Severity severity = Severity::nonFatal;
    std::string file = kXidFile;
};

/// What agent or controller notices by itself: no driver, a stuck collector …
struct SignRow {
    std::string name;
    Health health = Health::watch;
    int responseClass = 0;
    std::int64_t keepMs = 0; ///< 0: until it is cleared
    std::string file = kSignFile;
};

class HealthTables {
public:
    /// The embedded tables. They were checked by the build's tests; a program that cannot read them has no business to go on.
    static std::shared_ptr<const HealthTables> builtIn();
    /// With the rows of a site's own TOML file in place of or beside the embedded ones. The error names file, row and what is wrong.
    static StatusOr<std::shared_ptr<const HealthTables>> withSiteFile(const std::string& path);
    /// Rows of one TOML text over what is there; `file` is the name that findings show.
    Status add(std::string_view toml, const std::string& file);

    /// The row of a code; nullptr: not in the table.
    const XidRow* xid(int code) const;
    /// The narrowest row that holds the code.
    const SxidRow* sxid(int code) const;
    const SignRow* sign(const std::string& name) const;
    const RuleSet& rules() const { return m_rules; }
    const std::map<int, XidRow>& xids() const { return m_xids; }
    const std::vector<SxidRow>& sxids() const { return m_sxids; }
    const std::map<std::string, SignRow>& signs() const { return m_signs; }

private:
    std::map<int, XidRow> m_xids;
    std::vector<SxidRow> m_sxids;
    std::map<std::string, SignRow> m_signs;
    RuleSet m_rules;
};

} // namespace busbar::controller
