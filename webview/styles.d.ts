/** Style sheets are bundled beside the script; importing one only says that it belongs to it. */
declare module "*.css";
