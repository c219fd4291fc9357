//! What a fresh lab's GitHub starts with: keys, an administrator, and the administrator's token.

use hallpass_types::Chance;

use super::keys::KeyRing;
use super::owners;
use crate::chance::from_alphabet;
use crate::error::LabError;
use crate::store::records::Setting;
use crate::world::World;

/// Makes what is not there yet.
pub(crate) async fn bootstrap(world: &World) -> Result<(), LabError> {
    let keys = KeyRing::open(&world.store, world.now()).await?;
    world.github.set_keys(keys);
    let has_token = world
        .store
        .read(|state| state.settings.contains_key(TOKEN_SETTING));
    if has_token {
        return Ok(());
    }
    let token = format!("ghp_{}", token_tail(&*world.chance));
    let mut seed = [0; 32];
    world.chance.fill(&mut seed);
    let now = world.now();
    world
        .store
        .write(|tx| {
            for (name, value) in [(TOKEN_SETTING, token), (SEED_SETTING, hex::encode(seed))] {
                tx.put(Setting {
                    name: name.to_owned(),
                    value,
                });
            }
            owners::find_or_make(tx, ADMINISTRATOR, false, now);
            Ok(())
        })
        .await
}

/// What follows the prefix of a token: 36 characters.
pub(super) fn token_tail(chance: &dyn Chance) -> String {
    from_alphabet(chance, ALPHABET, 36)
}

/// The setting that holds the administrator's token.
pub(crate) const TOKEN_SETTING: &str = "github-token";
/// The setting that the keys of secrets are derived from.
pub(super) const SEED_SETTING: &str = "github-secrets-seed";
/// The login of the administrator.
pub(super) const ADMINISTRATOR: &str = "lab-administrator";
// A power of two of characters, so that none is likelier; 36 of them are 180 bits.
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
