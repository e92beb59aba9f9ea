#include "transport/handshake_log.h"

#include "base/status.h"
#include "transport/x509.h"

#include <grpc/support/log.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string_view>

namespace busbar::transport {
namespace {

using Tell = std::function<void(const std::string&)>;

const Tell* teller = nullptr; // Set once before any thread of gRPC; never freed.

int watchVerify(int good, X509_STORE_CTX* context) {
    const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (good == 0 && ssl != nullptr && SSL_is_server(ssl) == 1)
        if (const X509* const culprit = X509_STORE_CTX_get_current_cert(context))
            (*teller)(fmt::format("the client {} was refused: {}", subjectOf(X509_STORE_CTX_get0_cert(context)), sentenceOf(wordVerifyError(X509_STORE_CTX_get_error(context), culprit))));
    return good;
}

// Each new SSL object passes here; its mode of verification stays what gRPC's context says.
void watchConnection(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) {
    auto* const ssl = static_cast<SSL*>(parent);
    if (SSL_get_verify_callback(ssl) == nullptr) SSL_set_verify(ssl, SSL_get_verify_mode(ssl), watchVerify);
}

void onGrpcLog(gpr_log_func_args* line) {
    const std::string_view text(line->message);
    if (text.find("certificate verify failed") != std::string_view::npos) return; // watchVerify said why.
    if (text.find("peer did not return a certificate") != std::string_view::npos) return (*teller)("a client was refused: it showed no certificate");
    if (text.find("http request") != std::string_view::npos || text.find("wrong version number") != std::string_view::npos)
        return (*teller)("a client was refused: it does not speak TLS, and there is no port without");
    (*teller)(fmt::format("gRPC: {}", text));
}

} // namespace

void tellRefusedClients(Tell tell) {
    teller = new Tell(std::move(tell));
    gpr_set_log_function(onGrpcLog);
    CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, watchConnection, nullptr, nullptr);
}

} // namespace busbar::transport
