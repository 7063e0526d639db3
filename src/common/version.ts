import { version } from "../../package.json";

/** The product's version, which every explanation carries. */
export const productVersion: string = version;
