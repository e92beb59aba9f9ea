#include "busbar-agent/link/dialler.h"

#include "transport/channel.h"
#include "transport/diagnose.h"

namespace busbar::agent {

StatusOr<std::shared_ptr<grpc::Channel>> Dialler::next() {
    auto credentials = transport::channelCredentials(m_config.tls, m_config.site);
    if (!credentials.ok()) return credentials.status();
    return transport::makeChannel(m_config.controllers[m_turn++ % m_config.controllers.size()], *credentials);
}

Status Dialler::explain(const Status& why) {
    if (why == m_lastWhy) return m_lastExplained;
    m_lastWhy = why;
    const std::size_t last = m_turn == 0 ? 0 : m_turn - 1;
    m_lastExplained = transport::explainFailure(m_config.controllers[last % m_config.controllers.size()], m_config.site, m_config.tls, why);
    return m_lastExplained;
}

} // namespace busbar::agent
