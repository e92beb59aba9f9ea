// Evidence signed at its origin: what verifies, and that each change of an export fails with a sentence.
#include "base/clock.h"
#include "domain/lifecycle.h"
#include "transport/evidence_export.h"
#include "transport/pki.h"
#include "transport/x509.h"
#include "wire/codec.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

using namespace busbar;
using namespace busbar::transport;
using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kUlid = "01JD0000000000000000000000";

#define VERIFY_SENTENCE(status, text) QVERIFY2(!(status).ok() && (status).ToString().find(text) != std::string::npos, (status).ToString().c_str())

/// base64 text of a member, one bit of its bytes changed.
void flip(Json& text) {
    auto value = text.get<std::string>();
    value[value.size() / 2] = value[value.size() / 2] == 'A' ? 'B' : 'A';
    text = value;
}

} // namespace

class TestEvidence : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aReportIsSignedOnceAndByItsNode();
    void whoMayNotSign_data();
    void whoMayNotSign();
    void otherBytesOrAnotherContextFail();
    void expiredWhenItWasSigned();
    void aRenewedKeyIsUsedWithoutRestart();
    void anExportVerifiesAndSaysWhatWasSigned();
    void eachChangeFails_data();
    void eachChangeFails();
    void everyMemberIsBound();
    void packsThatDoNotFit_data();
    void packsThatDoNotFit();
    void booksAreHeldAgainstReports_data();
    void booksAreHeldAgainstReports();
    void aFailedCheckIsPastByOverrideOnly_data();
    void aFailedCheckIsPastByOverrideOnly();
    void anActionIsHeldAgainstItsTargets_data();
    void anActionIsHeldAgainstItsTargets();
    void anAnswerIsHeldAgainstItsQuestion_data();
    void anAnswerIsHeldAgainstItsQuestion();
    void howMuchOfTheActionItIs_data();
    void howMuchOfTheActionItIs();

private:
    TlsFiles filesOf(const Identity& identity, const std::string& pki = {}, int days = 1);
    StepReport reportOf(const std::string& node, std::size_t step, StepKind kind) const;
    StepProof proofOf(const Identity& signer, const std::string& node, std::size_t step, StepKind kind);
    static StepRecord recordOf(const StepProof& proof, const std::string& signedBy);
    using Targets = std::vector<std::pair<TargetRecord, std::vector<StepProof>>>;
    EvidencePack seal(const Targets& targets, const Identity& controller = {PeerKind::controller, "pdx1", "c1", {}, 0}, const std::function<void(EvidenceManifest&)>& change = {});
    EvidencePack goodPack();

    QTemporaryDir m_dir;
    std::string m_pki, m_roots;
    const std::int64_t m_now = systemClock().wallMs();
    int m_files = 0;
};

void TestEvidence::initTestCase() {
    m_pki = m_dir.filePath(QStringLiteral("pki")).toStdString();
    QVERIFY(initPki(m_pki).ok());
    QVERIFY(initPki(m_pki + "-other").ok());
    m_roots = *readFile(m_pki + "/root.pem");
}

TlsFiles TestEvidence::filesOf(const Identity& identity, const std::string& pki, int days) {
    const std::string out = m_dir.filePath(QString::number(++m_files)).toStdString();
    IssueOptions options;
    options.days = days;
    const Status issued = issueTo(pki.empty() ? m_pki : pki, identity, options, out);
    if (!issued.ok()) qFatal("%s", issued.ToString().c_str());
    return {out + "/ca.pem", out + "/cert.pem", out + "/key.pem"};
}

StepReport TestEvidence::reportOf(const std::string& node, std::size_t step, StepKind kind) const {
    StepReport report;
    report.commandId = fmt::format("{}/{}/{}.{}.1", kUlid, node, step + 1, toString(kind));
    report.kind = kind;
    report.state = StepState::succeeded;
    report.sentence = "nothing holds a GPU";
    report.evidence = {{"GPU-1", "processes", "2", "0", "0", "", "nvml", Verdict::asSet, m_now - 10}, {"GPU-1", "memory used", "70000", "4", "≤ 68", "MiB", "nvml", Verdict::asSet, m_now - 10}};
    report.figures = {{.subject = "GPU-1", .name = "HBM copy", .unit = "GB/s", .value = 3.25e3 + 0.1}};
    report.blockers = {{4711, "ann", "train.py", "L1", "GPU-1", 512, 60'000, ""}};
    report.startedWallMs = m_now - 1'000;
    report.endedWallMs = m_now;
    return report;
}

StepProof TestEvidence::proofOf(const Identity& signer, const std::string& node, std::size_t step, StepKind kind) {
    StepReport report = reportOf(node, step, kind);
    Signer signs(filesOf(signer));
    if (const Status made = signReport(signs, report); !made.ok()) qFatal("%s", made.ToString().c_str());
    return {step, report.origin, m_now + 5};
}

StepRecord TestEvidence::recordOf(const StepProof& proof, const std::string& signedBy) {
    const StepReport report = *wire::reportOf(proof.report.bytes);
    StepRecord record;
    record.kind = report.kind;
    record.state = StepState::succeeded;
    record.commandId = report.commandId;
    record.attempt = 1;
    record.sentence = "2 facts read back as set";
    record.startedWallMs = report.startedWallMs;
    record.endedWallMs = report.endedWallMs + 5;
    record.evidence = {{"node", "service", "open", "closing", "closing", "", "controller", Verdict::asSet, report.endedWallMs}};
    record.figures = report.figures;
    for (TestFigure& figure : record.figures) {
        figure.rule = TestFigure::Rule::atLeast;
        figure.threshold = 3'000;
        figure.thresholdSource = "thresholds.toml, H100 HBM copy";
        figure.fleetMedian = 3'100;
        figure.fleetRank = 3;
        figure.fleetCount = 128;
    }
    record.signedBy = signedBy;
    return record;
}

EvidencePack TestEvidence::seal(const Targets& targets, const Identity& controller, const std::function<void(EvidenceManifest&)>& change) {
    EvidencePack pack;
    EvidenceManifest manifest;
    manifest.action.id = fmt::format("pdx1/{}", kUlid);
    manifest.action.verb = Verb::release;
    manifest.action.state = ActionState::succeeded;
    manifest.action.reason = "fan noise";
    manifest.action.actor = "anna";
    manifest.madeWallMs = m_now + 100;
    for (const auto& [record, steps] : targets) {
        pack.targets.push_back({wire::recordBytes(record), steps});
        manifest.targetSha256.push_back(hashOf(pack.targets.back()));
    }
    if (change) change(manifest);
    Signer signs(filesOf(controller));
    const auto made = signManifest(signs, manifest);
    if (!made.ok()) qFatal("%s", made.status().ToString().c_str());
    pack.manifest = *made;
    return pack;
}

/// Two nodes, one behind a gateway; two steps each, and a third that the controller left out by itself.
EvidencePack TestEvidence::goodPack() {
    Targets targets;
    for (const auto& [name, signer] : {std::pair<std::string, Identity>{"n1", {PeerKind::node, "pdx1", "n1", {}, 0}}, {"g-7", {PeerKind::gateway, "pdx1", "g-", {}, 0}}}) {
        const StepProof close = proofOf(signer, name, 0, StepKind::close), verify = proofOf(signer, name, 1, StepKind::verify);
        TargetRecord record;
        record.nodeId = "pdx1/" + name;
        record.state = TargetState::succeeded;
        record.steps = {recordOf(close, signer.uri()), recordOf(verify, signer.uri())};
        record.steps.emplace_back();
        record.steps.back().kind = StepKind::reopen;
        record.steps.back().state = StepState::skipped;
        targets.push_back({record, {close, verify}});
    }
    return seal(targets);
}

void TestEvidence::aReportIsSignedOnceAndByItsNode() {
    Signer signer(filesOf({PeerKind::node, "pdx1", "n1", {}, 0}));
    StepReport report = reportOf("n1", 0, StepKind::close);
    QVERIFY(signReport(signer, report).ok());
    const SignedBytes first = report.origin;
    QCOMPARE(first.certificates.size(), 2u); // Leaf and intermediate; the root is the reader's.
    QVERIFY(signReport(signer, report).ok());
    QVERIFY(report.origin == first);
    const auto by = verifyReport("pdx1/n1", report, m_roots);
    QVERIFY2(by.ok(), by.status().ToString().c_str());
    QCOMPARE(by->uri(), std::string("busbar://node/pdx1/n1"));
    const auto read = wire::reportOf(first.bytes);
    QVERIFY2(read.ok(), read.status().ToString().c_str());
    StepReport bare = report;
    bare.origin = {};
    QVERIFY(*read == bare);
}

void TestEvidence::whoMayNotSign_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("site");
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("otherCa");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("another node") << int(PeerKind::node) << "pdx1" << "n2" << false << "does not speak for pdx1/n1";
    QTest::newRow("that name at another site") << int(PeerKind::node) << "fra1" << "n1" << false << "does not speak for pdx1/n1";
    QTest::newRow("a gateway of another prefix") << int(PeerKind::gateway) << "pdx1" << "g-" << false << "does not speak for pdx1/n1";
    QTest::newRow("a user of that name") << int(PeerKind::user) << "" << "n1" << false << "does not speak for pdx1/n1";
    QTest::newRow("the controller") << int(PeerKind::controller) << "pdx1" << "n1" << false << "does not speak for pdx1/n1";
    QTest::newRow("that name from another CA") << int(PeerKind::node) << "pdx1" << "n1" << true << "unknown CA";
}

void TestEvidence::whoMayNotSign() {
    QFETCH(int, kind);
    QFETCH(QString, site);
    QFETCH(QString, name);
    QFETCH(bool, otherCa);
    QFETCH(QString, sentence);
    Signer signer(filesOf({PeerKind(kind), site.toStdString(), name.toStdString(), {}, 0}, otherCa ? m_pki + "-other" : m_pki));
    StepReport report = reportOf("n1", 0, StepKind::close);
    QVERIFY(signReport(signer, report).ok());
    VERIFY_SENTENCE(verifyReport("pdx1/n1", report, m_roots).status(), sentence.toStdString());
}

void TestEvidence::otherBytesOrAnotherContextFail() {
    Signer signer(filesOf({PeerKind::node, "pdx1", "n1", {}, 0}));
    const auto made = signer.sign("one thing", "some bytes");
    QVERIFY(made.ok());
    QVERIFY(verifySigned("one thing", *made, m_roots, m_now).ok());
    VERIFY_SENTENCE(verifySigned("another thing", *made, m_roots, m_now).status(), "not one of busbar://node/pdx1/n1 over these bytes");
    for (std::size_t bit = 0; bit < made->bytes.size() * 8; ++bit) {
        SignedBytes other = *made;
        other.bytes[bit / 8] = static_cast<char>(other.bytes[bit / 8] ^ (1 << bit % 8));
        VERIFY_SENTENCE(verifySigned("one thing", other, m_roots, m_now).status(), "over these bytes");
    }
    for (std::size_t bit = 0; bit < made->signature.size() * 8; ++bit) {
        SignedBytes other = *made;
        other.signature[bit / 8] = static_cast<char>(other.signature[bit / 8] ^ (1 << bit % 8));
        QVERIFY(!verifySigned("one thing", other, m_roots, m_now).ok());
    }
    for (std::size_t bit = 0; bit < made->certificates.front().size() * 8; ++bit) {
        SignedBytes other = *made;
        other.certificates.front()[bit / 8] = static_cast<char>(other.certificates.front()[bit / 8] ^ (1 << bit % 8));
        QVERIFY(!verifySigned("one thing", other, m_roots, m_now).ok());
    }
    SignedBytes none = *made;
    none.signature.clear();
    VERIFY_SENTENCE(verifySigned("one thing", none, m_roots, m_now).status(), "is not signed");
    none = *made;
    none.certificates.clear();
    VERIFY_SENTENCE(verifySigned("one thing", none, m_roots, m_now).status(), "no certificate");
    none = *made;
    none.certificates.push_back(none.certificates.front()); // Nothing can be slipped in behind the chain.
    VERIFY_SENTENCE(verifySigned("one thing", none, m_roots, m_now).status(), "did not issue");
}

void TestEvidence::expiredWhenItWasSigned() {
    constexpr std::int64_t kDay = 86'400'000;
    Signer signer(filesOf({PeerKind::node, "pdx1", "n1", {}, 0}, m_pki, 1));
    StepReport report = reportOf("n1", 0, StepKind::close);
    report.endedWallMs = m_now + 3 * kDay;
    QVERIFY(signReport(signer, report).ok());
    VERIFY_SENTENCE(verifyReport("pdx1/n1", report, m_roots).status(), "expired");
    report.origin = {};
    report.endedWallMs = m_now - 300 * kDay;
    QVERIFY(signReport(signer, report).ok());
    VERIFY_SENTENCE(verifyReport("pdx1/n1", report, m_roots).status(), "is valid from");
    report.origin = {};
    report.endedWallMs = 0;
    QVERIFY(signReport(signer, report).ok());
    VERIFY_SENTENCE(verifyReport("pdx1/n1", report, m_roots).status(), "does not say when");
}

void TestEvidence::aRenewedKeyIsUsedWithoutRestart() {
    const TlsFiles files = filesOf({PeerKind::node, "pdx1", "n1", {}, 0}), next = filesOf({PeerKind::node, "pdx1", "n1", {}, 0}, m_pki, 30);
    Signer signer(files);
    const auto before = signer.sign("thing", "a");
    QVERIFY(before.ok());
    // Half a renewal: the certificate is the new one, the key still the old one. The pair before it signs on.
    QVERIFY(writeFile(files.cert, *readFile(next.cert), 0644).ok());
    const auto between = signer.sign("thing", "a");
    QVERIFY2(between.ok(), between.status().ToString().c_str());
    QVERIFY(between->certificates == before->certificates);
    QVERIFY(writeFile(files.key, *readFile(next.key), 0600).ok());
    const auto after = signer.sign("thing", "a");
    QVERIFY(after.ok());
    QVERIFY(after->certificates != before->certificates);
    for (const SignedBytes& one : {*before, *between, *after}) QVERIFY(verifySigned("thing", one, m_roots, m_now).ok());
    Signer none({files.ca, "/nonexistent/cert.pem", files.key});
    VERIFY_SENTENCE(none.sign("thing", "a").status(), "/nonexistent/cert.pem");
}

void TestEvidence::anExportVerifiesAndSaysWhatWasSigned() {
    const EvidencePack pack = goodPack();
    const auto proven = verifyEvidence(pack, m_roots);
    QVERIFY2(proven.ok(), proven.status().ToString().c_str());
    QCOMPARE(proven->madeBy, std::string("busbar://controller/pdx1/c1"));
    QCOMPARE(proven->targets.size(), 2u);
    QCOMPARE(proven->targets[1].steps[0].signedBy, std::string("busbar://gateway/pdx1/g-"));
    QVERIFY(!proven->targets[0].steps[2].report);
    QCOMPARE(proven->targets[0].steps[1].report->evidence.at(1).after, std::string("4"));
    QCOMPARE(proven->targets[0].steps[1].record.figures.at(0).threshold, 3'000.0);
    const auto text = exportText(pack, *proven);
    QVERIFY(text.ok());
    const auto again = verifyExport(*text, m_roots);
    QVERIFY2(again.ok(), again.status().ToString().c_str());
    QCOMPARE(*exportText(pack, *again), *text);
    // As an export from before figures stood in a fleet.
    Json file = Json::parse(*text);
    QCOMPARE(file["targets"][0]["steps"][1]["controller"]["figures"][0]["fleet_rank"].get<int>(), 3);
    for (const char* member : {"fleet_median", "fleet_rank", "fleet_count"}) QVERIFY(file["targets"][0]["steps"][1]["report"]["figures"][0].erase(member) == 1);
    const auto older = verifyExport(file.dump(1) + "\n", m_roots);
    QVERIFY2(older.ok(), older.status().ToString().c_str());
    VERIFY_SENTENCE(verifyExport(*text, *readFile(m_pki + "-other/root.pem")).status(), "unknown CA");
}

void TestEvidence::eachChangeFails_data() {
    QTest::addColumn<std::function<void(Json&)>>("change");
    QTest::addColumn<QString>("sentence");
    using Change = std::function<void(Json&)>;
    const auto row = [](const char* name, Change change, const char* sentence) { QTest::newRow(name) << change << QString::fromUtf8(sentence); };
    row("a shown value", [](Json& f) { f["targets"][0]["steps"][1]["report"]["evidence"][0]["after"] = "1"; }, "/targets/0/steps/1/report/evidence/0/after is \"1\", its signed part says \"0\"");
    row("a shown verdict", [](Json& f) { f["targets"][0]["steps"][1]["controller"]["figures"][0]["passed"] = false; }, "/targets/0/steps/1/controller/figures/0/passed");
    row("a threshold", [](Json& f) { f["targets"][1]["steps"][0]["controller"]["figures"][0]["threshold"] = 1.0; }, "/targets/1/steps/0/controller/figures/0/threshold");
    row("a place in the fleet", [](Json& f) { f["targets"][0]["steps"][1]["controller"]["figures"][0]["fleet_rank"] = 1; }, "/targets/0/steps/1/controller/figures/0/fleet_rank is 1, its signed part says 3");
    row("a place in the fleet removed", [](Json& f) { f["targets"][0]["steps"][1]["controller"]["figures"][0].erase("fleet_rank"); }, "/targets/0/steps/1/controller/figures/0/fleet_rank is missing");
    row("who signed", [](Json& f) { f["targets"][1]["steps"][0]["report"]["signed_by"] = "busbar://node/pdx1/g-7"; }, "signed_by");
    row("the reason", [](Json& f) { f["action"]["reason"] = "other"; }, "/action/reason");
    row("when it was made", [](Json& f) { f["made"] = "2020-01-01T00:00:00.000Z"; }, "/made is");
    row("a member added", [](Json& f) { f["targets"][0]["note"] = "all good"; }, "/targets/0/note was added: it is not signed");
    row("a member removed", [](Json& f) { f["action"].erase("actor"); }, "/action/actor is missing");
    row("bits of a report", [](Json& f) { flip(f["targets"][0]["steps"][0]["origin"]["bytes"]); }, "pdx1/n1, step 1 (close)");
    row("bits of a signature", [](Json& f) { flip(f["targets"][0]["steps"][0]["origin"]["signature"]); }, "pdx1/n1, step 1 (close): its signature is not one of busbar://node/pdx1/n1");
    row("bits of a certificate", [](Json& f) { flip(f["targets"][0]["steps"][0]["origin"]["certificates"][0]); }, "pdx1/n1, step 1 (close)");
    row("bits of a record", [](Json& f) { flip(f["targets"][1]["record"]); }, "");
    row("when it came", [](Json& f) { f["targets"][0]["steps"][0]["received"] = "2026-01-01T00:00:00.000Z"; }, "pdx1/n1: the controller's books, its signed reports or their order are not those of the manifest");
    row("bits of the manifest", [](Json& f) { flip(f["manifest"]["bytes"]); }, "manifest");
    row("the manifest's hash", [](Json& f) { f["manifest"]["sha256"] = std::string(64, '0'); }, "/manifest/sha256");
    row("the manifest's signature", [](Json& f) { flip(f["manifest"]["signature"]); }, "the manifest: its signature is not one of busbar://controller/pdx1/c1");
    row("a report removed", [](Json& f) { f["targets"][0]["steps"][1]["origin"] = nullptr; f["targets"][0]["steps"][1]["report"] = nullptr; }, "pdx1/n1, step 2 (verify): the report that busbar://node/pdx1/n1 signed is missing");
    row("a step removed", [](Json& f) { f["targets"][0]["steps"].erase(1); }, "pdx1/n1, step 2 (verify): the report that busbar://node/pdx1/n1 signed is missing");
    row("a step added", [](Json& f) { f["targets"][0]["steps"].push_back(f["targets"][0]["steps"][1]); }, "a signed report was added for step 4 of 3");
    row("a report added to a step without", [](Json& f) { f["targets"][0]["steps"][2]["origin"] = f["targets"][0]["steps"][1]["origin"]; }, "step 3 (reopen): a signed report was added");
    row("steps exchanged", [](Json& f) { std::swap(f["targets"][0]["steps"][0], f["targets"][0]["steps"][1]); }, "pdx1/n1, step 1 (close): the report is of command");
    row("nodes' reports exchanged", [](Json& f) { std::swap(f["targets"][0]["steps"][0]["origin"], f["targets"][1]["steps"][0]["origin"]); }, "does not speak for pdx1/n1");
    row("a target removed", [](Json& f) { f["targets"].erase(1); }, "the manifest lists 2 targets, there are 1: some were removed");
    row("a target added", [](Json& f) { f["targets"].push_back(f["targets"][0]); }, "the manifest lists 2 targets, there are 3: some were added");
    row("targets exchanged", [](Json& f) { std::swap(f["targets"][0], f["targets"][1]); }, "are not those of the manifest");
    row("a newer format", [](Json& f) { f["format"] = "busbar-evidence/2"; }, "its format is not busbar-evidence/1");
}

void TestEvidence::eachChangeFails() {
    using Change = std::function<void(Json&)>;
    QFETCH(Change, change);
    QFETCH(QString, sentence);
    const EvidencePack pack = goodPack();
    Json file = Json::parse(*exportText(pack, *verifyEvidence(pack, m_roots)));
    change(file);
    VERIFY_SENTENCE(verifyExport(file.dump(1) + "\n", m_roots).status(), sentence.toStdString());
}

/// Every single value of the file, changed; and its text, rewritten without changing a value.
void TestEvidence::everyMemberIsBound() {
    const EvidencePack pack = goodPack();
    const std::string text = *exportText(pack, *verifyEvidence(pack, m_roots));
    const Json flat = Json::parse(text).flatten();
    QVERIFY(flat.size() > 150);
    for (const auto& [path, value] : flat.items()) {
        Json changed = flat;
        if (value.is_string()) changed[path] = value.get<std::string>() + "x";
        else if (value.is_boolean()) changed[path] = !value.get<bool>();
        else if (value.is_number()) changed[path] = value.get<double>() + 1;
        else changed[path] = "x";
        const auto verified = verifyExport(changed.unflatten().dump(1) + "\n", m_roots);
        QVERIFY2(!verified.ok(), path.c_str());
        QVERIFY2(!sentenceOf(verified.status()).empty(), path.c_str());
    }
    VERIFY_SENTENCE(verifyExport(Json::parse(text).dump(4), m_roots).status(), "rewritten at byte");
    VERIFY_SENTENCE(verifyExport(text + " ", m_roots).status(), "rewritten at byte");
    std::string twice = text; // A name that is there twice: readers differ in which one they show.
    twice.replace(twice.find("\"made\""), 6, "\"made\": \"2020-01-01T00:00:00.000Z\",\n \"made\"");
    QVERIFY(!verifyExport(twice, m_roots).ok());
    for (const char* other : {"", "{}", "[]", "null", "busbar", "{\"format\":\"busbar-evidence/1\"}"}) VERIFY_SENTENCE(verifyExport(other, m_roots).status(), "this is no evidence export");
}

void TestEvidence::packsThatDoNotFit_data() {
    QTest::addColumn<int>("which");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("controller of another site") << 0 << "no controller of that site";
    QTest::newRow("a node as the controller") << 1 << "no controller of that site";
    QTest::newRow("succeeded without a report") << 2 << "counts as succeeded without a signed report";
    QTest::newRow("other figures judged") << 3 << "are not those that the node signed";
    QTest::newRow("node evidence in the books") << 4 << "not the controller's own";
    QTest::newRow("report of another action") << 5 << "the report is of command";
    QTest::newRow("a node twice") << 6 << "is there twice";
}

/// A manifest signs, but what it signs does not hold together: a controller's own fault, or a stolen key.
void TestEvidence::packsThatDoNotFit() {
    QFETCH(int, which);
    QFETCH(QString, sentence);
    const Identity node{PeerKind::node, "pdx1", "n1", {}, 0};
    Identity controller{PeerKind::controller, "pdx1", "c1", {}, 0};
    std::vector<StepProof> proofs{proofOf(node, "n1", 0, StepKind::verify)};
    TargetRecord record;
    record.nodeId = "pdx1/n1";
    record.steps = {recordOf(proofs[0], node.uri())};
    if (which == 0) controller.site = "fra1";
    if (which == 1) controller = node;
    if (which == 2) record.steps[0].signedBy.clear(), proofs.clear();
    if (which == 3) record.steps[0].figures[0].value = 9'000;
    if (which == 4) record.steps[0].evidence[0].source = "nvml";
    if (which == 5) {
        StepReport other = reportOf("n1", 0, StepKind::verify);
        other.commandId.replace(0, 26, "01JD0000000000000000000001");
        Signer signer(filesOf(node));
        QVERIFY(signReport(signer, other).ok());
        proofs[0].report = other.origin;
        record.steps[0].commandId = other.commandId;
    }
    Targets targets{{record, proofs}};
    if (which == 6) targets.push_back(targets.front());
    VERIFY_SENTENCE(verifyEvidence(seal(targets, controller), m_roots).status(), sentence.toStdString());
}

void TestEvidence::booksAreHeldAgainstReports_data() {
    QTest::addColumn<std::function<void(StepReport&)>>("signedAs");
    QTest::addColumn<std::function<void(TargetRecord&)>>("booked");
    QTest::addColumn<QString>("sentence"); // Empty: it verifies.
    using Report = std::function<void(StepReport&)>;
    using Book = std::function<void(TargetRecord&)>;
    const auto row = [](const char* name, Report signedAs, Book booked, const char* sentence) { QTest::newRow(name) << signedAs << booked << QString::fromUtf8(sentence); };
    const auto reported = [](StepState state) { return [state](StepReport& report) { report.state = state; report.sentence = "2 words are wrong"; }; };
    const auto as = [](StepState step, TargetState target) { return [=](TargetRecord& record) { record.steps[0].state = step; record.state = target; }; };
    const Report good = [](StepReport&) {}, failed = reported(StepState::failed);
    row("as it was signed", good, as(StepState::succeeded, TargetState::succeeded), "");
    row("a failure called success", failed, as(StepState::succeeded, TargetState::succeeded), "step 1 (scrub): the controller's books call it succeeded, the report that was signed is worth failed: 2 words are wrong");
    row("a failure called skipped", failed, as(StepState::skipped, TargetState::succeeded), "call it skipped, the report that was signed is worth failed");
    row("an unknown end called success", reported(StepState::unknown), as(StepState::succeeded, TargetState::succeeded), "is worth unknown");
    row("skipped called success", reported(StepState::skipped), as(StepState::succeeded, TargetState::succeeded), "is worth skipped");
    row("a fact not as set", [](StepReport& report) { report.evidence[0].verdict = Verdict::notAsSet; }, as(StepState::succeeded, TargetState::succeeded), "is worth failed: GPU-1: processes is 0");
    row("nothing read back", [](StepReport& report) { report.evidence.clear(); }, as(StepState::succeeded, TargetState::succeeded), "is worth unknown: the agent sent no evidence");
    row("a figure under its threshold", good, [](TargetRecord& record) { record.state = TargetState::succeeded; record.steps[0].figures[0].threshold = 4'000; }, "is worth failed: GPU-1: HBM copy");
    row("a target called better than its step", failed, as(StepState::failed, TargetState::succeeded), "pdx1/n1: it is called succeeded, its step 1 (scrub) is failed");
    row("a target with a step that never ended", good, [](TargetRecord& record) { record.state = TargetState::succeeded; record.steps.emplace_back().kind = StepKind::verify; }, "its step 2 (verify) is pending");
    row("a target without a step that was left out", good, [](TargetRecord& record) { record.state = TargetState::succeeded; record.steps.emplace_back().kind = StepKind::verify; record.steps.back().state = StepState::skipped; }, "its step 2 (verify) is skipped");
    // What the engine does legitimately.
    row("its failure", failed, as(StepState::failed, TargetState::failed), "");
    row("skipped by its node's policy", reported(StepState::skipped), as(StepState::skipped, TargetState::succeeded), "");
    row("no success after all", good, as(StepState::failed, TargetState::failed), "");
    row("cancelled while a failed read was to be repeated", failed, as(StepState::cancelled, TargetState::cancelled), "");
    row("superseded while a failed read was to be repeated", failed, as(StepState::unknown, TargetState::unknown), "");
    row("a cancelled target whose step was done", good, as(StepState::succeeded, TargetState::cancelled), "");
    row("the reopen of a node that stays closed", good, [](TargetRecord& record) { record.state = TargetState::succeeded; record.steps.emplace_back().kind = StepKind::reopen; record.steps.back().state = StepState::skipped; }, "");
}

/// One target of one step; what its node signed and what the controller's books make of it.
void TestEvidence::booksAreHeldAgainstReports() {
    using Report = std::function<void(StepReport&)>;
    using Book = std::function<void(TargetRecord&)>;
    QFETCH(Report, signedAs);
    QFETCH(Book, booked);
    QFETCH(QString, sentence);
    const Identity node{PeerKind::node, "pdx1", "n1", {}, 0};
    StepReport report = reportOf("n1", 0, StepKind::scrub);
    signedAs(report);
    Signer signs(filesOf(node));
    QVERIFY(signReport(signs, report).ok());
    const StepProof proof{0, report.origin, m_now + 5};
    TargetRecord record;
    record.nodeId = "pdx1/n1";
    record.steps = {recordOf(proof, node.uri())};
    booked(record);
    const auto proven = verifyEvidence(seal({{record, {proof}}}, {PeerKind::controller, "pdx1", "c1", {}, 0}, [&](EvidenceManifest& manifest) { manifest.action.state = outcomeOf({record}); }), m_roots);
    if (sentence.isEmpty()) QVERIFY2(proven.ok(), proven.status().ToString().c_str());
    else VERIFY_SENTENCE(proven.status(), sentence.toStdString());
}

void TestEvidence::aFailedCheckIsPastByOverrideOnly_data() {
    QTest::addColumn<int>("verb");
    QTest::addColumn<bool>("overridden");
    QTest::addColumn<bool>("calledPassed");
    QTest::addColumn<QString>("sentence"); // Empty: it verifies.
    const auto row = [](const char* name, Verb verb, bool overridden, bool calledPassed, const char* sentence) { QTest::newRow(name) << static_cast<int>(verb) << overridden << calledPassed << QString::fromUtf8(sentence); };
    row("a person overrode it", Verb::giveBack, true, false, "");
    row("nobody did", Verb::giveBack, false, false, "pdx1/n1: it is called succeeded, its step 1 (inspect) is failed");
    row("overridden, and called passed", Verb::giveBack, true, true, "the controller's books call it succeeded, the report that was signed is worth failed: 2 row remaps are pending");
    row("no return", Verb::provision, true, false, "its step 1 (inspect) is failed");
}

/// A node that was returned over its failed check: the action that the controller signed says who answers for it, the step stays failed.
void TestEvidence::aFailedCheckIsPastByOverrideOnly() {
    QFETCH(int, verb);
    QFETCH(bool, overridden);
    QFETCH(bool, calledPassed);
    QFETCH(QString, sentence);
    const Identity node{PeerKind::node, "pdx1", "n1", {}, 0};
    StepReport report = reportOf("n1", 0, StepKind::inspect);
    report.state = StepState::failed;
    report.sentence = "2 row remaps are pending";
    Signer signs(filesOf(node));
    QVERIFY(signReport(signs, report).ok());
    const StepProof inspect{0, report.origin, m_now + 5}, reopen = proofOf(node, "n1", 1, StepKind::reopen);
    TargetRecord record;
    record.nodeId = "pdx1/n1";
    record.state = TargetState::succeeded;
    record.steps = {recordOf(inspect, node.uri()), recordOf(reopen, node.uri())};
    record.steps[0].state = calledPassed ? StepState::succeeded : StepState::failed;
    const auto proven = verifyEvidence(seal({{record, {inspect, reopen}}}, {PeerKind::controller, "pdx1", "c1", {}, 0}, [&](EvidenceManifest& manifest) {
        manifest.action.verb = static_cast<Verb>(verb);
        manifest.action.overrideFailed = overridden;
    }), m_roots);
    if (sentence.isEmpty()) QVERIFY2(proven.ok(), proven.status().ToString().c_str());
    else VERIFY_SENTENCE(proven.status(), sentence.toStdString());
}

void TestEvidence::anActionIsHeldAgainstItsTargets_data() {
    QTest::addColumn<int>("action");
    QTest::addColumn<QList<int>>("targets");
    QTest::addColumn<bool>("one");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, ActionState action, std::initializer_list<TargetState> targets, bool one, const char* sentence) {
        QList<int> states;
        for (const TargetState state : targets) states << static_cast<int>(state);
        QTest::newRow(name) << static_cast<int>(action) << states << one << QString::fromUtf8(sentence);
    };
    using A = ActionState;
    using T = TargetState;
    row("all well", A::succeeded, {T::succeeded, T::skipped}, false, "");
    row("one failed, called succeeded", A::succeeded, {T::succeeded, T::failed}, false, "the action is called succeeded, its targets say partly succeeded: 1 succeeded, 1 failed");
    row("all failed, called partly succeeded", A::partlySucceeded, {T::failed, T::refused}, false, "called partly succeeded, its targets say failed");
    row("failed, called cancelled", A::cancelled, {T::failed}, false, "called cancelled, its targets say failed");
    row("unknown, called succeeded", A::succeeded, {T::unknown}, false, "called succeeded, its targets say unknown");
    row("still waiting, called succeeded", A::succeeded, {T::succeeded, T::waiting}, false, "the action is called succeeded, pdx1/n2 is waiting");
    row("still under way", A::running, {T::failed, T::running}, false, "");
    row("superseded", A::superseded, {T::succeeded, T::unknown}, false, "");
    row("one good of several", A::partlySucceeded, {T::succeeded}, true, "");
    row("one bad of several", A::partlySucceeded, {T::failed}, true, "");
    row("one bad of an action that is called succeeded", A::succeeded, {T::failed}, true, "called succeeded, its targets say failed");
}

void TestEvidence::anActionIsHeldAgainstItsTargets() {
    QFETCH(int, action);
    QFETCH(QList<int>, targets);
    QFETCH(bool, one);
    QFETCH(QString, sentence);
    Targets all;
    for (const int state : targets) {
        const std::string name = fmt::format("n{}", all.size() + 1);
        TargetRecord record;
        record.nodeId = "pdx1/" + name;
        record.state = static_cast<TargetState>(state);
        if (record.state != TargetState::succeeded) {
            all.push_back({record, {}});
            continue;
        }
        const StepProof proof = proofOf({PeerKind::node, "pdx1", name, {}, 0}, name, 0, StepKind::verify);
        record.steps = {recordOf(proof, "busbar://node/pdx1/" + name)};
        all.push_back({record, {proof}});
    }
    const auto proven = verifyEvidence(seal(all, {PeerKind::controller, "pdx1", "c1", {}, 0}, [&](EvidenceManifest& manifest) {
        manifest.action.state = static_cast<ActionState>(action);
        if (one) manifest.nodeId = "pdx1/n1";
    }), m_roots);
    if (sentence.isEmpty()) QVERIFY2(proven.ok(), proven.status().ToString().c_str());
    else VERIFY_SENTENCE(proven.status(), sentence.toStdString());
}

void TestEvidence::anAnswerIsHeldAgainstItsQuestion_data() {
    QTest::addColumn<QString>("action");
    QTest::addColumn<QString>("asked");
    QTest::addColumn<QString>("given"); // Empty: of all.
    QTest::addColumn<QString>("sentence");
    const QString id = QStringLiteral("pdx1/") + QLatin1String(kUlid), n1 = QStringLiteral("pdx1/n1"), n2 = QStringLiteral("pdx1/n2");
    QTest::newRow("all") << id << QString() << QString() << QString();
    QTest::newRow("that node") << id << n1 << n1 << QString();
    QTest::newRow("another node") << id << n2 << n1 << QStringLiteral("of pdx1/n2 was asked, the controller gave that of pdx1/n1");
    QTest::newRow("one node for all") << id << QString() << n1 << QStringLiteral("of all targets was asked, the controller gave that of pdx1/n1");
    QTest::newRow("all for one node") << id << n1 << QString() << QStringLiteral("of pdx1/n1 was asked, the controller gave that of all targets");
    QTest::newRow("another action") << QStringLiteral("pdx1/01JD0000000000000000000009") << n1 << n1 << QStringLiteral("the controller gave that of pdx1/01JD0000000000000000000000");
}

void TestEvidence::anAnswerIsHeldAgainstItsQuestion() {
    QFETCH(QString, action);
    QFETCH(QString, asked);
    QFETCH(QString, given);
    QFETCH(QString, sentence);
    TargetRecord record;
    record.nodeId = "pdx1/n1";
    record.state = TargetState::skipped;
    const EvidencePack pack = seal({{record, {}}}, {PeerKind::controller, "pdx1", "c1", {}, 0}, [&](EvidenceManifest& manifest) { manifest.nodeId = given.toStdString(); });
    const auto proven = verifyAnswer(action.toStdString(), asked.toStdString(), pack, m_roots);
    if (sentence.isEmpty()) QVERIFY2(proven.ok(), proven.status().ToString().c_str());
    else VERIFY_SENTENCE(proven.status(), sentence.toStdString());
    if (!sentence.isEmpty()) QVERIFY(absl::IsDataLoss(proven.status())); // What the console calls wrong.
}

void TestEvidence::howMuchOfTheActionItIs_data() {
    QTest::addColumn<int>("nodes");
    QTest::addColumn<bool>("one"); // The manifest is for the first node.
    QTest::addColumn<int>("told");
    QTest::addColumn<int>("count");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("all") << 2 << false << 2 << 2 << QString();
    QTest::newRow("all, from before the count") << 2 << false << 0 << 2 << QString();
    QTest::newRow("one of many") << 1 << true << 40 << 40 << QString();
    QTest::newRow("one, from before the count") << 1 << true << 0 << 0 << QString();
    QTest::newRow("some called all") << 2 << false << 40 << 0 << QStringLiteral("the manifest lists 2 targets, its action has 40");
    QTest::newRow("two called one") << 2 << true << 40 << 0 << QStringLiteral("the manifest is for pdx1/n1 only and lists 2 targets");
    QTest::newRow("none called one") << 0 << true << 40 << 0 << QStringLiteral("the manifest is for pdx1/n1 only and lists 0 targets");
    QTest::newRow("more than an action can have") << 1 << true << 20'001 << 0 << QStringLiteral("targets of the action");
}

void TestEvidence::howMuchOfTheActionItIs() {
    QFETCH(int, nodes);
    QFETCH(bool, one);
    QFETCH(int, told);
    QFETCH(int, count);
    QFETCH(QString, sentence);
    Targets targets;
    for (int i = 1; i <= nodes; ++i) {
        TargetRecord record;
        record.nodeId = fmt::format("pdx1/n{}", i);
        record.state = TargetState::skipped;
        targets.push_back({record, {}});
    }
    const EvidencePack pack = seal(targets, {PeerKind::controller, "pdx1", "c1", {}, 0}, [&](EvidenceManifest& manifest) {
        manifest.targetCount = static_cast<std::size_t>(told);
        if (one) manifest.nodeId = "pdx1/n1";
    });
    const auto proven = verifyEvidence(pack, m_roots);
    if (!sentence.isEmpty()) {
        VERIFY_SENTENCE(proven.status(), sentence.toStdString());
        return;
    }
    QVERIFY2(proven.ok(), proven.status().ToString().c_str());
    QCOMPARE(static_cast<int>(proven->targetCount), count);
    const auto text = exportText(pack, *proven);
    QVERIFY(text.ok());
    const auto again = verifyExport(*text, m_roots);
    QVERIFY2(again.ok(), again.status().ToString().c_str());
    QCOMPARE(static_cast<int>(again->targetCount), count);
}

QTEST_APPLESS_MAIN(TestEvidence)
#include "tst_evidence.moc"
