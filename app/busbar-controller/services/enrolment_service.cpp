#include "busbar-controller/services/enrolment_service.h"

#include "busbar/v1/access.grpc.pb.h"
#include "transport/status_map.h"

#include <grpcpp/server_context.h>

#include <deque>
#include <mutex>

namespace busbar::controller {
namespace {

constexpr std::size_t kPerMinute = 30;
constexpr int kNodeCertificateDays = 90;
constexpr std::size_t kMaxFieldBytes = 16'384;

class EnrolmentService final : public v1::Enrolment::Service {
public:
    EnrolmentService(TokenBook& tokens, StateStore& store, const Clock& clock, EnrolmentParts parts) : m_tokens(tokens), m_store(store), m_clock(clock), m_parts(std::move(parts)) {}

    grpc::Status Enrol(grpc::ServerContext* context, const v1::EnrolRequest* request, v1::EnrolReply* reply) override {
        const Status done = enrol(*request, *reply);
        const Status audited = m_store.appendAudit("enrolment of serial " + request->serial().substr(0, 96), "enrol " + reply->node_id(), "", context->peer(),
                                                   done.ok() ? "certificate issued" : std::string(sentenceOf(done)), done.ok());
        return transport::toGrpc(done.ok() ? audited : done);
    }

private:
    Status enrol(const v1::EnrolRequest& request, v1::EnrolReply& reply) {
        if (!withinRate()) return absl::ResourceExhaustedError(fmt::format("more than {} enrolments in the last minute: try again in a minute", kPerMinute));
        if (request.token().size() > 256 || request.serial().size() > 96 || request.csr_pem().size() > kMaxFieldBytes) return invalid("enrolment: a field is too long");
        const auto node = m_tokens.redeem(request.token(), request.serial());
        if (!node.ok()) return node.status();
        const transport::Identity identity{transport::PeerKind::node, m_parts.site, *node, {}, 0};
        const auto issued = transport::issueForRequest(m_parts.siteCa, identity, request.csr_pem(), {kNodeCertificateDays, {}, {}});
        if (!issued.ok()) return issued.status();
        reply.set_certificate_pem(issued->certificatePem);
        reply.set_ca_pem(m_parts.rootPem);
        reply.set_node_id(m_parts.site + "/" + *node);
        return absl::OkStatus();
    }

    bool withinRate() {
        const std::int64_t now = m_clock.bootMs();
        const std::lock_guard lock(m_mutex);
        while (!m_tries.empty() && m_tries.front() < now - 60'000) m_tries.pop_front();
        if (m_tries.size() >= kPerMinute) return false;
        m_tries.push_back(now);
        return true;
    }

    TokenBook& m_tokens;
    StateStore& m_store;
    const Clock& m_clock;
    EnrolmentParts m_parts;
    std::mutex m_mutex; // Guards m_tries.
    std::deque<std::int64_t> m_tries;
};

} // namespace

std::unique_ptr<grpc::Service> makeEnrolmentService(TokenBook& tokens, StateStore& store, const Clock& clock, EnrolmentParts parts) {
    return std::make_unique<EnrolmentService>(tokens, store, clock, std::move(parts));
}

} // namespace busbar::controller
