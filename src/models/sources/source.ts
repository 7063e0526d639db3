import type { ModelPlaces } from "../../common/model";

/** A folder where a model may be. */
export interface ModelPlace {
  /** The name that the model can be asked for by. */
  readonly id: string;
  readonly directory: string;
}

/** One kind of place where models lie on this machine. */
export interface ModelSource {
  /** Its heading in a list to choose from. */
  readonly title: string;
  /** What a list for a terminal calls it. */
  readonly label: string;
  /** Whether its models are copies that can be downloaded again. */
  readonly removable?: true;
  /** The folders that look like a model or nearly, without reading what is in their files; nothing is thrown. */
  find(places: ModelPlaces): Promise<readonly ModelPlace[]>;
}
