#include "busbar/evidence_binder.h"

#include "widgets/views/evidence/evidence_rows.h"
#include "widgets/views/parts/text.h"

#include <QCoreApplication>
#include <QPointer>
#include <QSaveFile>
#include <QThreadPool>

#include <algorithm>
#include <set>

namespace busbar::console {

namespace {

using Kind = views::SignatureState::Kind;

/// Signers named in one line at most.
constexpr std::size_t kShownSigners = 3;

QString signersOf(const ProvenEvidence& proven) {
    std::set<std::string> signers;
    for (const ProvenTarget& target : proven.targets)
        for (const ProvenStep& step : target.steps)
            if (!step.signedBy.empty()) signers.insert(step.signedBy);
    QStringList words;
    for (const std::string& signer : signers)
        if (static_cast<std::size_t>(words.size()) < kShownSigners) words << views::toQt(signer);
    if (signers.size() > kShownSigners) words << QStringLiteral("%1 more").arg(signers.size() - kShownSigners);
    return words.join(QStringLiteral(", "));
}

} // namespace

views::SignatureState signatureOf(const StatusOr<session::EvidencePtr>& evidence, const std::string& nodeId) {
    if (!evidence.ok()) {
        const Status& why = evidence.status();
        // Only these two say that a signature does not hold; anything else says that it could not be looked at.
        const bool wrong = absl::IsDataLoss(why) || absl::IsUnauthenticated(why);
        return {wrong ? Kind::wrong : Kind::notAsked, views::toQt(sentenceOf(why)), {}};
    }
    const ProvenEvidence& proven = (*evidence)->proven;
    const auto target = std::ranges::find_if(proven.targets, [&](const ProvenTarget& one) { return one.record.nodeId == nodeId; });
    if (target == proven.targets.end()) return {Kind::wrong, QStringLiteral("the controller gave no evidence of %1").arg(views::toQt(nodeId)), {}};
    auto record = std::make_shared<const TargetRecord>(views::recordOf(*target));
    const QString signers = signersOf(proven);
    const QString books = QStringLiteral("taken into its books by %1 at %2 UTC").arg(views::toQt(proven.madeBy), views::clockText(proven.madeWallMs));
    if (signers.isEmpty()) return {Kind::notSigned, QStringLiteral("no step was signed by a node yet; %1").arg(books), std::move(record)};
    return {Kind::verified, QStringLiteral("signed by %1, %2").arg(signers, books), std::move(record)};
}

void writeExport(const QString& path, std::shared_ptr<const std::string> text, std::function<void(const Status&)> done) {
    QThreadPool::globalInstance()->start([path, text = std::move(text), done = std::move(done)] {
        QSaveFile file(path);
        const auto size = static_cast<qint64>(text->size());
        const bool written = file.open(QIODevice::WriteOnly) && file.write(text->data(), size) == size && file.commit();
        const Status status = written ? absl::OkStatus() : absl::UnavailableError(fmt::format("{} was not written: {}", path.toStdString(), file.errorString().toStdString()));
        QMetaObject::invokeMethod(qApp, [done, status] { done(status); });
    });
}

EvidenceBinder::EvidenceBinder(LiveFleet& live, views::EvidenceView& view) : QObject(&view), m_live(live), m_view(view) {
    connect(&view, &views::EvidenceView::proofChanged, this, &EvidenceBinder::check);
    connect(&view, &views::EvidenceView::exportWanted, this, &EvidenceBinder::exportTo);
    view.allowExport();
    check();
}

void EvidenceBinder::check() {
    if (m_view.actionId().empty()) return;
    m_view.setSignature({Kind::checking, {}, {}});
    m_live.actions().evidence(m_view.actionId(), m_view.nodeId(), [self = QPointer<EvidenceBinder>(this), question = ++m_question](const StatusOr<session::EvidencePtr>& evidence) {
        if (self) self->take(question, evidence);
    });
}

void EvidenceBinder::take(int question, const StatusOr<session::EvidencePtr>& evidence) {
    if (question == m_question) m_view.setSignature(signatureOf(evidence, m_view.nodeId()));
}

void EvidenceBinder::exportTo(const QString& path) {
    m_view.setExport(QStringLiteral("Fetching and verifying the evidence \u2026"), views::Sign::none, true);
    m_live.actions().evidence(m_view.actionId(), m_view.nodeId(), [self = QPointer<EvidenceBinder>(this), path, question = ++m_question](const StatusOr<session::EvidencePtr>& evidence) {
        if (!self) return;
        self->take(question, evidence);
        if (evidence.ok()) self->write(path, *evidence);
        else self->m_view.setExport(QStringLiteral("Not exported: %1").arg(views::toQt(sentenceOf(evidence.status()))), views::Sign::p2, false);
    });
}

void EvidenceBinder::write(const QString& path, const session::EvidencePtr& evidence) {
    m_view.setExport(QStringLiteral("Writing %1 \u2026").arg(path), views::Sign::none, true);
    writeExport(path, {evidence, &evidence->text}, [self = QPointer<EvidenceBinder>(this), path](const Status& written) {
        if (!self) return;
        const QString told = written.ok() ? QStringLiteral("%1 written: busbarctl evidence verifies it").arg(path) : QStringLiteral("Not exported: %1").arg(views::toQt(sentenceOf(written)));
        self->m_view.setExport(told, written.ok() ? views::Sign::check : views::Sign::p2, false);
    });
}

} // namespace busbar::console
