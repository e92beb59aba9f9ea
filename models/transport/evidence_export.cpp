#include "transport/evidence_export.h"

#include "transport/evidence_json.h"
#include "wire/codec.h"

#include <absl/strings/escaping.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace busbar::transport {
namespace {

constexpr const char* kFormat = "busbar-evidence/1";

// ---- writing

Json base64(const std::string& bytes) { return absl::Base64Escape(bytes); }

Json jsonOf(const SignedBytes& what) {
    Json certificates = Json::array();
    for (const std::string& certificate : what.certificates) certificates.push_back(base64(certificate));
    return {{"bytes", base64(what.bytes)}, {"signature", base64(what.signature)}, {"certificates", certificates}};
}

/// What the node said, read from the bytes that it signed.
Json jsonOfReport(const ProvenStep& step) {
    if (!step.report) return nullptr;
    const StepReport& report = *step.report;
    return {{"signed_by", step.signedBy},
            {"signed", jsonTime(step.signedWallMs)},
            {"command_id", report.commandId},
            {"state", toString(report.state)},
            {"sentence", report.sentence},
            {"started", jsonTime(report.startedWallMs)},
            {"ended", jsonTime(report.endedWallMs)},
            {"evidence", transport::jsonOf(report.evidence)},
            {"figures", transport::jsonOf(report.figures)},
            {"blockers", transport::jsonOf(report.blockers)}};
}

Json jsonOf(const ProvenStep& step, const StepProof* proof) {
    return {{"kind", toString(step.record.kind)},
            {"state", toString(step.record.state)},
            {"sentence", step.record.sentence},
            {"attempt", step.record.attempt},
            {"started", jsonTime(step.record.startedWallMs)},
            {"ended", jsonTime(step.record.endedWallMs)},
            {"controller", {{"evidence", transport::jsonOf(step.record.evidence)}, {"figures", transport::jsonOf(step.record.figures)}}},
            {"report", jsonOfReport(step)},
            {"received", jsonTime(step.receivedWallMs)},
            {"origin", proof == nullptr ? Json(nullptr) : jsonOf(proof->report)}};
}

Json jsonOf(const ProvenTarget& target, const TargetProof& proof) {
    Json steps = Json::array();
    for (std::size_t i = 0; i < target.steps.size(); ++i) {
        const auto signedStep = std::find_if(proof.steps.begin(), proof.steps.end(), [i](const StepProof& step) { return step.step == i; });
        steps.push_back(jsonOf(target.steps[i], signedStep == proof.steps.end() ? nullptr : &*signedStep));
    }
    return {{"node", target.record.nodeId}, {"state", toString(target.record.state)}, {"sentence", target.record.sentence}, {"started", jsonTime(target.record.startedWallMs)},
            {"ended", jsonTime(target.record.endedWallMs)}, {"steps", steps}, {"record", base64(proof.record)}};
}

Json jsonOf(const Action& action) {
    return {{"id", action.id},
            {"verb", toString(action.verb)},
            {"state", toString(action.state)},
            {"sentence", action.sentence},
            {"reason", action.reason},
            {"actor", action.actor},
            {"approved_by", textOrNull(action.approvedBy)},
            {"tenant", textOrNull(action.details.tenant)},
            {"lease", textOrNull(action.details.leaseId)},
            {"burn_in", textOrNull(action.details.profile)},
            {"undo_of", textOrNull(action.undoOf)},
            {"created", jsonTime(action.createdWallMs)},
            {"started", jsonTime(action.startedWallMs)},
            {"ended", jsonTime(action.endedWallMs)}};
}

Json documentOf(const EvidencePack& pack, const ProvenEvidence& proven) {
    Json targets = Json::array();
    for (std::size_t i = 0; i < proven.targets.size(); ++i) targets.push_back(jsonOf(proven.targets[i], pack.targets[i]));
    Json manifest{{"sha256", hexOf(sha256(pack.manifest.bytes))}};
    manifest.update(jsonOf(pack.manifest));
    return {{"format", kFormat}, {"made", jsonTime(proven.madeWallMs)}, {"made_by", proven.madeBy}, {"node", textOrNull(proven.nodeId)}, {"action", jsonOf(proven.action)}, {"targets", targets}, {"manifest", manifest}};
}

std::string textOf(const Json& document) { return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"; }

// ---- reading

/// A value in a sentence; nothing deep of a foreign file is walked.
std::string shown(const Json& value) { return value.is_structured() ? value.type_name() : value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 120); }

/// The first place where the file differs from what its signed parts give; empty: nowhere.
std::string firstDifference(const Json& file, const Json& due, const std::string& path) {
    if (!due.is_structured() || file.type() != due.type())
        return file == due ? std::string() : fmt::format("{} is {}, its signed part says {}", path, shown(file), shown(due));
    if (due.is_array() && file.size() != due.size()) return fmt::format("{} has {} entries, its signed part {}", path, file.size(), due.size());
    for (const auto& [key, value] : due.items()) {
        if (due.is_object() && !file.contains(key)) return fmt::format("{}/{} is missing", path, key);
        const Json& there = due.is_object() ? file.at(key) : file.at(std::stoul(key));
        if (std::string found = firstDifference(there, value, path + "/" + key); !found.empty()) return found;
    }
    for (const auto& [key, value] : file.items())
        if (due.is_object() && !due.contains(key)) return fmt::format("{}/{} was added: it is not signed", path, key);
    return {};
}

/// Exports are kept for longer than the format stands still: those from before there were these members lack them, and nothing was signed of them.
void leaveOutLater(const Json& file, Json& due) {
    for (const char* later : {"fleet_median", "fleet_rank", "fleet_count"})
        if (due.is_object() && due.contains(later) && due[later].is_null() && file.is_object() && !file.contains(later)) due.erase(later);
    for (auto& [key, value] : due.items()) {
        if (due.is_object() && file.is_object() && file.contains(key)) leaveOutLater(file.at(key), value);
        if (due.is_array() && file.is_array() && file.size() == due.size()) leaveOutLater(file.at(std::stoul(key)), value);
    }
}

std::string bytesAt(const Json& value, const char* key) {
    std::string bytes;
    if (!absl::Base64Unescape(value.at(key).get_ref<const std::string&>(), &bytes)) throw std::invalid_argument(fmt::format("'{}' is no base64", key));
    return bytes;
}

SignedBytes signedOf(const Json& value) {
    SignedBytes what{bytesAt(value, "bytes"), bytesAt(value, "signature"), {}};
    for (const Json& certificate : value.at("certificates")) what.certificates.push_back(bytesAt(Json{{"certificate", certificate}}, "certificate"));
    return what;
}

/// Milliseconds of isoTime's text, 0 for null.
std::int64_t wallMsOf(const Json& value) {
    if (value.is_null()) return 0;
    const auto& text = value.get_ref<const std::string&>();
    std::tm parts{};
    int ms = 0;
    char end = 0;
    if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3d%c", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &ms, &end) != 8 || end != 'Z')
        throw std::invalid_argument(fmt::format("'{}' is no time", text.substr(0, 40)));
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return static_cast<std::int64_t>(timegm(&parts)) * 1000 + ms;
}

/// Throws nlohmann's exceptions and std::invalid_argument, which readPack catches.
EvidencePack packOf(const Json& document) {
    EvidencePack pack;
    if (document.at("format") != kFormat) throw std::invalid_argument("its format is not " + std::string(kFormat));
    pack.manifest = signedOf(document.at("manifest"));
    for (const Json& target : document.at("targets")) {
        TargetProof& proof = pack.targets.emplace_back(TargetProof{bytesAt(target, "record"), {}});
        std::size_t place = 0;
        for (const Json& step : target.at("steps")) {
            if (!step.at("origin").is_null()) proof.steps.push_back({place, signedOf(step.at("origin")), wallMsOf(step.at("received"))});
            ++place;
        }
    }
    return pack;
}

StatusOr<EvidencePack> readPack(const Json& document) {
    try {
        return packOf(document);
    } catch (const std::invalid_argument& error) {
        return invalid("this is no evidence export, or it was changed: {}", error.what());
    } catch (const std::exception&) { // The library's words are its own.
        return invalid("this is no evidence export, or it was changed: a part that every export has is missing or of another kind");
    }
}

} // namespace

StatusOr<std::string> exportText(const EvidencePack& pack, const ProvenEvidence& proven) {
    std::string text = textOf(documentOf(pack, proven));
    if (text.size() > kMaxExportBytes) return absl::ResourceExhaustedError(fmt::format("the evidence of {} has {} MB, more than one export takes: export it node by node", proven.action.id, text.size() / 1'000'000));
    return text;
}

StatusOr<ProvenEvidence> verifyExport(const std::string& text, const std::string& rootsPem) {
    if (text.size() > kMaxExportBytes) return invalid("an export has at most {} bytes, this has {}", kMaxExportBytes, text.size());
    const Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) return invalid("this is no evidence export, or it was changed: it is no JSON");
    const auto pack = readPack(document);
    if (!pack.ok()) return pack.status();
    auto proven = verifyEvidence(*pack, rootsPem);
    if (!proven.ok()) return proven;
    Json due = documentOf(*pack, *proven);
    leaveOutLater(document, due);
    if (const std::string difference = firstDifference(document, due, ""); !difference.empty()) return absl::DataLossError(difference);
    const std::string dueText = textOf(due);
    if (dueText == text) return proven;
    const auto place = std::mismatch(text.begin(), text.end(), dueText.begin(), dueText.end()).first - text.begin();
    return absl::DataLossError(fmt::format("its text was rewritten at byte {}: what it says agrees with the signatures, but an export is valid only as it was made", place));
}

} // namespace busbar::transport
