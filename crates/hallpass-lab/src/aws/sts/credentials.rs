//! The `Credentials` element of STS's answers.

use crate::aws::xml::Xml;
use crate::sessions::Credentials;

/// Writes `<Credentials>`.
pub(super) fn write_credentials(xml: &mut Xml, credentials: &Credentials) {
    xml.element("Credentials", |xml| {
        xml.text("AccessKeyId", &credentials.access_key_id)
            .text("SecretAccessKey", credentials.secret_access_key.expose())
            .text("SessionToken", credentials.session_token.expose())
            .time("Expiration", credentials.expires);
    });
}
