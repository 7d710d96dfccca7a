//! A plain GeoPackage with chosen layers, for people who want the map and not the ledger.
