using System.CommandLine;
using KmsTools.XksProxy.Configuration;

namespace KmsTools.XksProxy.Commands;

/// <summary>Prints the schema of configurations.</summary>
internal sealed class SchemaCommand : Command
{
    public SchemaCommand()
        : base("schema", "Prints the JSON Schema of configurations, with which editors complete and check them.") =>
        SetAction(static _ => Console.Out.Write(ProxyConfiguration.Schema));
}
