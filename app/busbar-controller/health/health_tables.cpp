#include "busbar-controller/health/health_tables.h"

#include "busbar-controller/health/built_in_tables.h"
#include "busbar-controller/health/table_reader.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace busbar::controller {
namespace {

constexpr int kTableVersion = 1;
constexpr int kMaxXid = 65'000;
constexpr std::int64_t kMaxKeepS = 30 * 86'400;

Health healthIn(RowReader& row, Health fallback, bool required) {
    return row.word<Health>("health", {{"ok", Health::ok}, {"watch", Health::watch}, {"degraded", Health::degraded}, {"failed", Health::failed}}, fallback, required);
}

int classIn(RowReader& row, const char* key, int fallback, bool required) { return static_cast<int>(row.number(key, fallback, 0, 4, required)); }

Status addXids(RowReader row, const std::string& file, std::map<int, XidRow>& xids) {
    XidRow xid;
    const std::vector<int> codes = row.codes("codes", kMaxXid);
    xid.meaning = row.text("meaning", true);
    xid.owner = row.word<char>("owner", {{"A", 'A'}, {"H", 'H'}, {"D", 'D'}, {"N", 'N'}, {"M", 'M'}}, 'D', true);
    xid.action = row.text("action", false);
    xid.followUp = row.text("follow_up", false);
    xid.dcgm = row.word<std::string>("dcgm", {{"warn", "warn"}, {"fail", "fail"}}, "");
    xid.responseClass = classIn(row, "class", 0, true);
    xid.health = healthIn(row, healthOfClass(xid.responseClass), false);
    xid.again = classIn(row, "again", -1, false);
    xid.repeat = row.word<Repeat>("repeat", {{"any", Repeat::any}, {"unit", Repeat::unit}, {"tenant", Repeat::tenant}, {"tenants", Repeat::tenants}}, Repeat::never);
    xid.repeatClass = classIn(row, "repeat_class", 0, xid.repeat != Repeat::never);
    xid.fatalClass = classIn(row, "fatal", -1, false);
    xid.file = file;
    if (row.has("repeat_class") && xid.repeat == Repeat::never) row.fail("`repeat_class` needs `repeat`");
    if (Status status = row.finish(); !status.ok()) return status;
    for (const int code : codes) {
        if (const auto known = xids.find(code); known != xids.end() && known->second.file == file) return invalid("{}: XID {} stands in two rows", file, code);
        xid.code = code;
        xids[code] = xid;
    }
    return absl::OkStatus();
}

Status addSxid(RowReader row, const std::string& file, std::vector<SxidRow>& sxids) {
    SxidRow sxid;
    sxid.from = static_cast<int>(row.number("from", 0, 1, kMaxXid, true));
    sxid.to = static_cast<int>(row.number("to", 0, 1, kMaxXid, true));
    sxid.meaning = row.text("meaning", true);
    using Severity = SxidRow::Severity;
    sxid.severity = row.word<Severity>("severity", {{"non-fatal", Severity::nonFatal}, {"fatal", Severity::fatal}, {"fabric", Severity::fabric}}, Severity::fatal, true);
    sxid.file = file;
    if (sxid.from > sxid.to) row.fail("`from` is behind `to`");
    if (Status status = row.finish(); !status.ok()) return status;
    const auto same = std::ranges::find_if(sxids, [&](const SxidRow& other) { return other.from == sxid.from && other.to == sxid.to; });
    if (same == sxids.end())
        sxids.push_back(std::move(sxid));
    else if (same->file == file)
        return invalid("{}: SXID {} to {} stands in two rows", file, sxid.from, sxid.to);
    else
        *same = std::move(sxid);
    return absl::OkStatus();
}

Status addSign(RowReader row, const std::string& file, std::map<std::string, SignRow>& signs) {
    SignRow sign;
    sign.name = row.text("name", true);
    sign.health = healthIn(row, Health::watch, true);
    sign.responseClass = classIn(row, "class", 0, true);
    sign.keepMs = row.number("keep_s", 0, 0, kMaxKeepS, true) * 1000;
    row.text("source", true);
    sign.file = file;
    if (Status status = row.finish(); !status.ok()) return status;
    const auto known = signs.find(sign.name);
    if (file != kSignFile && known == signs.end()) return invalid("{}: nothing gives the sign `{}`", file, sign.name);
    if (known != signs.end() && known->second.file == file) return invalid("{}: sign `{}` stands in two rows", file, sign.name);
    signs[sign.name] = sign;
    return absl::OkStatus();
}

Metric metricIn(RowReader& row, const char* key, bool required) {
    const std::string word = row.text(key, required);
    const auto metric = parseMetric(word);
    if (!word.empty() && !metric) row.fail(fmt::format("`{}` = \"{}\" is no metric", key, word));
    return metric.value_or(Metric::unknown);
}

StatusOr<GpuRule> ruleIn(RowReader row, const std::string& file, bool& off) {
    GpuRule rule;
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    rule.name = row.text("name", true);
    off = row.flag("off");
    rule.metric = metricIn(row, "metric", !off);
    rule.atLeast = row.number("at_least", 0, 1, kMost);
    rule.below = row.number("below", kMost, 1, kMost);
    rule.anyBits = row.number("any_bits", 0, 1, kMost);
    rule.belowMetric = metricIn(row, "below_metric", false);
    rule.belowSlot = row.word<GpuRule::Slot>("below_slot", {{"gen", GpuRule::Slot::gen}, {"width", GpuRule::Slot::width}}, GpuRule::Slot::none);
    rule.fromUtil = row.number("from_util", 0, 1, 100);
    rule.health = healthIn(row, Health::watch, !off);
    rule.responseClass = classIn(row, "class", 0, !off);
    rule.keepMs = row.number("keep_s", 0, 0, kMaxKeepS, !off) * 1000;
    rule.sentence = row.text("sentence", !off);
    row.text("source", !off);
    rule.file = file;
    if (const Status status = row.finish(); !status.ok()) return status;
    if (off) return rule;
    if (const Status status = checkRule(rule); !status.ok()) return invalid("{}: rule `{}`: {}", file, rule.name, sentenceOf(status));
    return rule;
}

Status addRule(RowReader row, const std::string& file, std::vector<GpuRule>& rules) {
    bool off = false;
    auto rule = ruleIn(std::move(row), file, off);
    if (!rule.ok()) return rule.status();
    const auto known = std::ranges::find(rules, rule->name, &GpuRule::name);
    if (known != rules.end() && known->file == file) return invalid("{}: rule `{}` stands in two rows", file, rule->name);
    if (off && known == rules.end()) return invalid("{}: rule `{}` is switched off but does not exist", file, rule->name);
    if (off)
        rules.erase(known);
    else if (known != rules.end())
        *known = *std::move(rule);
    else
        rules.push_back(*std::move(rule));
    if (rules.size() > RuleSet::kMaxRules) return invalid("{}: more than {} rules", file, RuleSet::kMaxRules);
    return absl::OkStatus();
}

template <typename Add>
Status eachRow(const toml::table& table, const char* key, const std::string& file, Add add) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return absl::OkStatus();
    const toml::array* rows = node->as_array();
    if (rows == nullptr) return invalid("{}: `{}` must be a list of rows", file, key);
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const toml::table* row = (*rows)[i].as_table();
        const std::string name = fmt::format("{}: {} row {}", file, key, i + 1);
        if (row == nullptr) return invalid("{} is no table of keys", name);
        if (Status status = add(RowReader(*row, name)); !status.ok()) return status;
    }
    return absl::OkStatus();
}

Status checkTop(const toml::table& table, const std::string& file) {
    for (const auto& [key, node] : table) {
        const std::string_view name = key.str();
        if (name != "version" && name != "xid" && name != "sxid" && name != "rule" && name != "sign") return invalid("{}: `{}` is no table of health data", file, name);
    }
    if (table["version"].value_or(0) != kTableVersion) return invalid("{}: `version` must be {}", file, kTableVersion);
    return absl::OkStatus();
}

} // namespace

Status HealthTables::add(std::string_view toml, const std::string& file) {
    toml::table table;
    try {
        table = toml::parse(toml);
    } catch (const toml::parse_error& error) {
        return invalid("{} line {}: {}", file, error.source().begin.line, error.description());
    }
    if (Status status = checkTop(table, file); !status.ok()) return status;
    std::vector<GpuRule> rules = m_rules.rules();
    for (const Status& status : {eachRow(table, "xid", file, [&](RowReader row) { return addXids(std::move(row), file, m_xids); }),
                                 eachRow(table, "sxid", file, [&](RowReader row) { return addSxid(std::move(row), file, m_sxids); }),
                                 eachRow(table, "sign", file, [&](RowReader row) { return addSign(std::move(row), file, m_signs); }),
                                 eachRow(table, "rule", file, [&](RowReader row) { return addRule(std::move(row), file, rules); })})
        if (!status.ok()) return status;
    m_rules = RuleSet(std::move(rules));
    return absl::OkStatus();
}

std::shared_ptr<const HealthTables> HealthTables::builtIn() {
    static const std::shared_ptr<const HealthTables> kTables = [] {
        auto tables = std::make_shared<HealthTables>();
        for (const Status& status : {tables->add(kBuiltInXids, kXidFile), tables->add(kBuiltInRules, kSignFile)})
            if (!status.ok()) {
                fmt::print(stderr, "busbar: the embedded health tables are broken: {}\n", sentenceOf(status));
                std::abort();
            }
        return tables;
    }();
    return kTables;
}

StatusOr<std::shared_ptr<const HealthTables>> HealthTables::withSiteFile(const std::string& path) {
    std::ifstream file(path);
    if (!file) return notFound("the site's health file {} cannot be read: correct `health` in the configuration", path);
    std::ostringstream text;
    text << file.rdbuf();
    auto tables = std::make_shared<HealthTables>(*builtIn());
    if (Status status = tables->add(text.str(), path); !status.ok()) return status;
    return std::shared_ptr<const HealthTables>(std::move(tables));
}

const XidRow* HealthTables::xid(int code) const {
    const auto found = m_xids.find(code);
    return found == m_xids.end() ? nullptr : &found->second;
}

const SxidRow* HealthTables::sxid(int code) const {
    const SxidRow* best = nullptr;
    for (const SxidRow& row : m_sxids)
        if (row.from <= code && code <= row.to && (best == nullptr || row.to - row.from < best->to - best->from)) best = &row;
    return best;
}

const SignRow* HealthTables::sign(const std::string& name) const {
    const auto found = m_signs.find(name);
    return found == m_signs.end() ? nullptr : &found->second;
}

} // namespace busbar::controller
