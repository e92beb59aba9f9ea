// enrol() of site_link.h: the one call without a client certificate.
#include "busbar/v1/access.grpc.pb.h"
#include "busbarctl/link/site_link.h"
#include "transport/channel.h"
#include "transport/enrolment.h"
#include "transport/pki.h"
#include "transport/status_map.h"
#include "transport/x509.h"

#include <grpcpp/grpcpp.h>

namespace busbar::ctl {
namespace {

constexpr std::chrono::seconds kLimit(20);

StatusOr<v1::EnrolReply> exchange(const transport::EnrolmentToken& token, const std::string& serial, const std::string& requestPem) {
    const auto pinned = transport::fetchPinnedCa(token.address, token.caHash);
    if (!pinned.ok()) return pinned.status();
    auto credentials = transport::enrolmentChannelCredentials(*pinned, token.site);
    if (!credentials.ok()) return credentials.status();
    v1::Enrolment::Stub stub(transport::makeChannel(token.address, *credentials));
    v1::EnrolRequest request;
    request.set_token(token.secret);
    request.set_serial(serial);
    request.set_csr_pem(requestPem);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kLimit);
    v1::EnrolReply reply;
    const grpc::Status status = stub.Enrol(&context, request, &reply);
    if (!status.ok()) return transport::fromGrpc(status);
    return reply;
}

} // namespace

StatusOr<Enrolled> enrol(const std::string& token, const std::string& serial) {
    const auto parsed = transport::EnrolmentToken::parse(token);
    if (!parsed.ok()) return parsed.status();
    auto request = transport::makeRequest(parsed->site + "/" + parsed->nodeName);
    if (!request.ok()) return request.status();
    const auto reply = exchange(*parsed, serial, request->requestPem);
    if (!reply.ok()) return reply.status();
    if (Status verified = transport::verifyChain(reply->certificate_pem(), reply->ca_pem()); !verified.ok())
        return internal("the certificate that {} sent is not good: {}", parsed->address, sentenceOf(verified));
    return Enrolled{reply->node_id(), reply->certificate_pem(), reply->ca_pem(), request->keyPem};
}

} // namespace busbar::ctl
