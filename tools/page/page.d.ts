// Names for what several modules of the page pass on; all of it is made of what the API's document says (api.d.ts).

/** A face as the page shows it; "withheld" where too few faces were seen for single states. */
type Face = Omit<Api.Result["faces"][number], "state"> & { state: State };
type State = Api.Result["faces"][number]["state"] | "withheld";
type Outcome = keyof NonNullable<Api.Result["group"]["shares"]>;
/** What the model tells apart, whatever the view shows. */
type Measured = Exclude<Outcome, "calm">;

/** The group of a photo or of a live picture, and of a whole recording. */
type Group = Api.Result["group"];
type RecordingGroup = Required<Group>;
type Change = RecordingGroup["changes"][number];
type Track = Api.Summary["tracks"][number];

/** Pixels of a picture. */
type Box = { left: number; top: number; right: number; bottom: number };

/** What is anonymized: nothing, the faces, or the whole picture. */
type Anonymize = boolean | "all";

/** Chromium has it, the others do not. */
interface Document {
  featurePolicy?: { allowsFeature(name: string): boolean };
}
