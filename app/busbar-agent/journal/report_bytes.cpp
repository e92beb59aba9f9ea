#include "busbar-agent/journal/report_bytes.h"

#include "busbar/v1/agent_link.pb.h"
#include "wire/codec.h"

namespace busbar::agent {

std::string toBytes(const StepReport& report) {
    v1::StepReport message;
    wire::encode(report, &message);
    return message.SerializeAsString();
}

StatusOr<StepReport> reportFromBytes(const std::string& bytes) {
    v1::StepReport message;
    if (!message.ParseFromString(bytes)) return internal("a journaled report cannot be read");
    return wire::decode(message);
}

} // namespace busbar::agent
