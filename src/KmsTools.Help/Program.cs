using System.Reflection;
using System.Xml.Linq;
using KmsTools.Help;
using KmsTools.Yaml;

if (args.Length != 3)
{
    Console.Error.WriteLine("Usage: KmsTools.Help <KmsTools.dll> <help file to write> <schema of estates to write>");
    return 2;
}

string assemblyFile = Path.GetFullPath(args[0]);
Documentation documentation = new(XDocument.Load(Path.ChangeExtension(assemblyFile, ".xml")));
CmdletDescription[] cmdlets = [.. Assembly.LoadFrom(assemblyFile).GetTypes()
    .Where(CmdletDescription.IsCmdlet)
    .Select(type => new CmdletDescription(type, documentation))
    .OrderBy(static cmdlet => cmdlet.Name, StringComparer.Ordinal)];

string[] gaps = [.. cmdlets.SelectMany(static cmdlet => cmdlet.Gaps)];
foreach (string gap in gaps)
{
    Console.Error.WriteLine(gap);
}

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(args[1]))!);
new XDocument(new XDeclaration("1.0", "utf-8", null), Maml.Of(cmdlets)).Save(args[1]);
File.WriteAllText(args[2], YamlEstateFormat.Schema);
return gaps.Length == 0 ? 0 : 1;
