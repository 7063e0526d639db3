import type { Place } from "../common/panelProtocol";
import type { Explained } from "./explained";

/** What the commands need from the panel. */
export interface PanelPort {
  /** Opens the panel beside the editor, or brings it to the front, with an explanation and maybe one token or head of it in view. */
  show(explained: Explained | undefined, place?: Place): void;
  /** Lets go of the explanation the panel is held to, or holds it to this one. */
  togglePin(explained: Explained): void;
}
