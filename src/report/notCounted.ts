// Why a fault is no downtime, in words. The schema of the document and the PDF have them in common.

export const NOT_COUNTED_REASONS = {
  power_ignored: "power outage, ignored by agreement",
  wan_link: "on a WAN link: part of the WAN breakdown, not of the site's figure",
  type_not_counted: "not of type site",
  no_service_time: "outside service time",
  in_maintenance: "in maintenance, which counts as up",
  no_duration: "no duration",
} as const;
