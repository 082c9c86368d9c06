// Write the types of what the API answers, for the type check of the page: OpenAPI document on stdin, TypeScript on stdout.
import { readFileSync } from "node:fs";
import { compile } from "json-schema-to-typescript";

const { components } = JSON.parse(readFileSync(0, "utf8").replaceAll("#/components/schemas/", "#/$defs/"));
for (const one of Object.values(components.schemas)) delete one.title; // types are called as the document calls them
const schema = { type: "object", additionalProperties: false, $defs: components.schemas };
const types = await compile(schema, "None", {
  bannerComment: "",
  additionalProperties: false,
  unreachableDefinitions: true,
  format: false,
});
process.stdout.write(`declare namespace Api {\n${types.replace("export interface None {\n\n}\n", "")}}`);
