//! Authentication of servers by their certificates.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::AddressError;
use crate::passwords::read_secret;

/// Policy for the certificates of servers.
#[derive(Clone)]
pub(crate) struct Trust(ClientConfig);

/// Files of a client certificate and its key.
pub(crate) struct Identity<'a> {
    pub(crate) certificate: &'a Path,
    pub(crate) key: &'a Path,
}

impl Trust {
    /// Makes a policy that requires a certificate for the server's name if `verify` is true, with
    /// the client certificate to present.
    pub(crate) fn new(
        verify: bool,
        authorities: Option<&Path>,
        identity: Option<Identity<'_>>,
    ) -> Result<Self, AddressError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| AddressError::Unreadable(error.to_string()))?;
        let builder = if verify {
            builder.with_root_certificates(roots(authorities)?)
        } else {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        };
        let Some(Identity { certificate, key }) = identity else {
            return Ok(Self(builder.with_no_client_auth()));
        };
        let refused = |what: String| AddressError::File { path: key.to_owned(), what };
        let secret = PrivateKeyDer::from_pem_slice(read_secret(key)?.as_bytes());
        let secret = secret.map_err(|error| refused(error.to_string()))?;
        let config = builder.with_client_auth_cert(certificates(certificate)?, secret);
        config.map(Self).map_err(|error| refused(error.to_string()))
    }

    pub(crate) fn connector(&self) -> MakeRustlsConnect {
        MakeRustlsConnect::new(self.0.clone())
    }
}

fn roots(authorities: Option<&Path>) -> Result<RootCertStore, AddressError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = authorities else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    for certificate in certificates(path)? {
        let refused = |what: String| AddressError::File { path: path.to_owned(), what };
        roots.add(certificate).map_err(|error| refused(error.to_string()))?;
    }
    Ok(roots)
}

/// Reads the certificates of a file, which must contain at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, AddressError> {
    let refused = |what: String| AddressError::File { path: path.to_owned(), what };
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = certificates.map_err(|error| refused(error.to_string()))?;
    if certificates.is_empty() {
        return Err(refused("there is no certificate in it".to_owned()));
    }
    Ok(certificates)
}

/// Accepts any certificate. An active attacker could also refuse encryption, which `sslmode=prefer`
/// accepts. This mode protects from passive attackers only.
struct Anybody(Arc<CryptoProvider>);

impl fmt::Debug for Anybody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Anybody")
    }
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
