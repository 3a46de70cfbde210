using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KmsTools.Yaml;

/// <summary>
/// The JSON Schema (draft 2020-12) of a document, for editors. It is stricter than the reader where the import of an estate refuses more.
/// </summary>
internal static class YamlSchema
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema as JSON, which ends with a line feed.</summary>
    /// <param name="whole">The document.</param>
    /// <param name="title">Its title.</param>
    public static string Write(PartFormat whole, string title)
    {
        JsonObject schema = new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = title,
        };
        whole.Describe(schema);
        JsonObject parts = new() { [TextFormat.Any] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") } };
        AddParts(whole, parts);
        schema["$defs"] = parts;
        return schema.ToJsonString(Indented) + "\n";
    }

    private static void AddParts(PartFormat whole, JsonObject parts)
    {
        foreach (PartFormat part in whole.AllMembers.SelectMany(static member => member.Parts).Where(part => !parts.ContainsKey(part.Name)))
        {
            JsonObject schema = new();
            part.Describe(schema);
            parts.Add(part.Name, schema);
            AddParts(part, parts);
        }
    }
}
