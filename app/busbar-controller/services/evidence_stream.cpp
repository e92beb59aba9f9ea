#include "busbar-controller/services/evidence_stream.h"

#include "busbar-controller/state/action_records.h"
#include "busbar/v1/actions.grpc.pb.h"
#include "transport/evidence.h"
#include "transport/status_map.h"
#include "wire/codec.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <mutex>

namespace busbar::controller {
namespace {

/// The books' part of a step: the controller's own evidence and its judgement; what the node said comes from what it signed.
void keepOwn(StepRecord& step) {
    std::erase_if(step.evidence, [](const Evidence& evidence) { return evidence.source != "controller"; });
    if (!hasEnded(step)) step.signedBy.clear(); // A report of an earlier try may lie in the store.
    if (step.signedBy.empty()) step.figures.clear();
}

StatusOr<TargetProof> proofOf(StateStore& store, std::string_view ulid, const TargetRecord& target, std::size_t index) {
    TargetRecord record = target;
    record.blockers.clear();
    for (StepRecord& step : record.steps) keepOwn(step);
    const auto entries = store.list(proofPrefix(ulid, index));
    if (!entries.ok()) return entries.status();
    TargetProof proof;
    for (const Entry& entry : *entries) {
        auto step = decodeProof(entry);
        if (!step.ok()) return step.status();
        if (step->step < record.steps.size() && !record.steps[step->step].signedBy.empty()) proof.steps.push_back(*std::move(step));
    }
    proof.record = wire::recordBytes(record);
    return proof;
}

class EvidenceStream final : public grpc::ServerWriteReactor<v1::EvidencePart> {
public:
    explicit EvidenceStream(const EvidenceSources& sources) : m_sources(sources) {}

    void begin(const std::string& actionId, const std::string& nodeId) {
        auto action = m_sources.engine.action(actionId);
        if (!action.ok()) return finish(action.status());
        m_action = *std::move(action);
        for (std::size_t i = 0; i < m_action->targets.size(); ++i)
            if (nodeId.empty() || m_action->targets[i].nodeId == nodeId) m_indices.push_back(i);
        if (m_indices.empty()) return finish(notFound("{} has no target {}", actionId, nodeId));
        m_manifest.action = *m_action;
        m_manifest.action.targets.clear();
        m_manifest.action.log.clear();
        m_manifest.nodeId = nodeId;
        m_manifest.targetCount = m_action->targets.size();
        writeNext();
    }
    void refuse(const Status& why) { finish(why); }

    void OnWriteDone(bool ok) override {
        if (ok) writeNext();
        else finish(absl::CancelledError("the reader is gone"));
    }
    void OnCancel() override { finish(absl::CancelledError("cancelled by the reader")); }
    void OnDone() override { delete this; } // The reactor belongs to the call, which has ended.

private:
    void writeNext() {
        if (m_ended) return finish(absl::OkStatus());
        m_message.Clear();
        const Status made = m_next < m_indices.size() ? nextTarget() : manifest();
        if (!made.ok()) return finish(made);
        const std::scoped_lock lock(m_mutex);
        if (!m_finished) StartWrite(&m_message);
    }

    Status nextTarget() {
        const std::size_t index = m_indices[m_next++];
        const auto proof = proofOf(m_sources.store, ulidOf(m_action->id), m_action->targets[index], index);
        if (!proof.ok()) return proof.status();
        m_manifest.targetSha256.push_back(transport::hashOf(*proof));
        wire::encode(*proof, m_message.mutable_target());
        if (m_message.ByteSizeLong() > static_cast<std::size_t>(wire::kMaxMessageBytes)) return absl::ResourceExhaustedError(fmt::format("the evidence of {} is too large for a message", m_action->targets[index].nodeId));
        return absl::OkStatus();
    }

    Status manifest() {
        m_ended = true;
        m_manifest.madeWallMs = m_sources.clock.wallMs();
        const auto made = transport::signManifest(m_sources.signer, m_manifest);
        if (made.ok()) wire::encode(*made, m_message.mutable_manifest());
        return made.status();
    }

    void finish(const Status& why) {
        {
            const std::scoped_lock lock(m_mutex);
            if (m_finished) return;
            m_finished = true;
        }
        Finish(transport::toGrpc(why));
    }

    const EvidenceSources m_sources;
    ActionPtr m_action;
    EvidenceManifest m_manifest;
    std::vector<std::size_t> m_indices;
    std::size_t m_next = 0;
    v1::EvidencePart m_message;
    bool m_ended = false; ///< the manifest is on its way
    std::mutex m_mutex;
    bool m_finished = false; ///< guarded by m_mutex: a cancel comes from another thread
};

} // namespace

grpc::ServerWriteReactor<v1::EvidencePart>* startEvidenceStream(const EvidenceSources& sources, const Status& may, const std::string& actionId, const std::string& nodeId) {
    auto* const stream = new EvidenceStream(sources); // Deletes itself in OnDone.
    if (may.ok()) stream->begin(actionId, nodeId);
    else stream->refuse(may);
    return stream;
}

} // namespace busbar::controller
