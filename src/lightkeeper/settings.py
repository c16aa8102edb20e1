"""Settings: from `LIGHTKEEPER_*` environment variables and `lightkeeper.toml` in the working folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class Settings(BaseSettings):
    """What a person may set once for all commands. Environment beats file; a command-line option beats both."""

    model_config = SettingsConfigDict(env_prefix="LIGHTKEEPER_", toml_file="lightkeeper.toml", extra="forbid")

    data_dir: Path = Field(default=Path("data"), description="Where the archive and the Parquet tables live")
    ooni_bucket: str = Field(default="ooni-data-eu-fra", description="OONI's public S3 bucket")
    ooni_region: str = Field(default="eu-central-1", description="The bucket's region")
    ooni_endpoint: str | None = Field(default=None, description="Another S3 endpoint, for tests or a mirror")
    http_timeout_s: float = Field(default=30.0, gt=0, description="Seconds that one request may take")
    allow_hosts: list[str] = Field(
        default=[], description="`host:port` that may be asked although it is private or without TLS: tests, mirrors"
    )
    ioda_url: str = Field(default="https://api.ioda.inetintel.cc.gatech.edu/v2", description="IODA's API")
    radar_url: str = Field(default="https://api.cloudflare.com/client/v4/radar", description="Cloudflare Radar's API")
    radar_token: SecretStr | None = Field(default=None, description="Token for Cloudflare Radar, with `Radar: Read`")
    ripestat_url: str = Field(default="https://stat.ripe.net/data", description="RIPEstat's data API")
    ris_url: str = Field(default="https://data.ris.ripe.net", description="RIPE RIS raw data (MRT files)")
    routeviews_url: str = Field(default="https://archive.routeviews.org", description="RouteViews raw data (MRT)")
    tor_metrics_url: str = Field(default="https://metrics.torproject.org", description="Tor Metrics")
    mlab_url: str = Field(default="https://statistics.measurementlab.net", description="M-Lab's public statistics")
    ooni_api_url: str = Field(default="https://api.ooni.io", description="OONI's API")
    google_url: str = Field(
        default="https://transparencyreport.google.com/transparencyreport/api/v3", description="Google's report"
    )
    telegram_url: str = Field(default="https://api.telegram.org", description="Telegram's Bot API, for notices")
    seal_key: Path | None = Field(
        default=None, description="Key that seals bundles; without it `keys/seal-key.pem` in `data_dir`"
    )
    timestamp_url: str | None = Field(
        default=None, description="Time stamp server (RFC 3161) that is told the hash of each bundle; none asks nobody"
    )
    fetch_parallel: int = Field(default=8, ge=1, le=64, description="Requests under way at once")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
