//! The table of drafts: what people draw and have not submitted.

use rusqlite::{Connection, params};

use super::instant;
use crate::failure::Trouble;
use crate::field::Draft;

/// Drafts of a layer by id, or of all layers.
pub(super) fn all(conn: &Connection, layer: Option<&str>) -> Result<Vec<Draft>, Trouble> {
    let mut statement = conn.prepare_cached(
        "SELECT id, layer, feature, changed_at FROM draft WHERE ?1 IS NULL OR layer = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([layer])?;
    let mut drafts = Vec::new();
    while let Some(row) = rows.next()? {
        let changed_at: String = row.get(3)?;
        drafts.push(Draft {
            id: row.get(0)?,
            layer: row.get(1)?,
            feature: row.get(2)?,
            changed_at: changed_at
                .parse()
                .map_err(|_| Trouble::Damaged(format!("a draft was changed at {changed_at:?}")))?,
        });
    }
    Ok(drafts)
}

/// Put a draft in the place of the one with its id.
pub(super) fn put(conn: &Connection, draft: &Draft) -> Result<(), Trouble> {
    conn.prepare_cached(
        "INSERT INTO draft (id, layer, feature, changed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET feature = excluded.feature, changed_at = excluded.changed_at",
    )?
    .execute(params![draft.id, draft.layer, draft.feature, draft.changed_at.to_string()])?;
    conn.prepare_cached("UPDATE gpkg_contents SET last_change = max(last_change, ?1) WHERE table_name = 'draft'")?
        .execute([instant(draft.changed_at)])?;
    Ok(())
}

/// Take drafts away.
pub(super) fn remove(conn: &Connection, ids: &[String]) -> Result<(), Trouble> {
    let mut statement = conn.prepare_cached("DELETE FROM draft WHERE id = ?1")?;
    for id in ids {
        statement.execute([id])?;
    }
    Ok(())
}
